import { expect } from "vitest";
import { lineOf, type Report, useThrough } from "./clients.ts";
import type { Fleet } from "./fleet.ts";

/** Lets people use the fleet meanwhile, and holds what they lived through to what is promised. */
export async function liveThrough(fleet: Fleet, what: string, disturb: () => Promise<void>): Promise<Report> {
  const report = await useThrough(fleet, disturb);
  console.log(lineOf(what, report));
  expect(report.honest["signed-out"]).toBe(0);
  expect(report.lag).toBeLessThan(2000);
  expect(fleet.crashes).toEqual([]);
  return report;
}

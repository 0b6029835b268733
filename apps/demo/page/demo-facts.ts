import type { DemoFacts } from "../demo-api.ts";
import { call } from "./api.ts";
import { learnServerTime } from "./server-time.ts";

let facts: DemoFacts | null = null;

/** How this server is set up; null until it has said so. */
export function demoFacts(): DemoFacts | null {
  return facts;
}

/** Asks the server how it is set up, and what time it is. After a restart both may have changed. */
export async function loadDemoFacts(): Promise<void> {
  const askedAt = Date.now();
  const reply = await call<DemoFacts>("GET", "/api/demo");
  if (!reply.ok) return;
  learnServerTime(reply.data.now, askedAt, Date.now());
  facts = reply.data;
}

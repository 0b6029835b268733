import { describe } from "vitest";

/** What `describe` of a suite is that needs a service: itself, or one that skips. */
export type ServiceDescribe = typeof describe | typeof describe.skip;

/**
 * Finds out whether a service is there. Without it its suites are left out, with one loud line; where
 * `CI=true` that fails instead, since a test that was silently left out is worse than a failed one.
 *
 * @param name of the service and where it is looked for, for the reader.
 * @param probe rejects where the service is not there.
 */
export async function describeWith(name: string, probe: () => Promise<unknown>): Promise<ServiceDescribe> {
  try {
    await probe();
    return describe;
  } catch (error) {
    if (process.env["CI"] === "true")
      throw new Error(`${name} is not there, and CI needs it.`, { cause: error });
    // oxlint-disable-next-line no-console -- one loud line for whoever runs the tests
    console.error(
      `\n!!! NO ${name.toUpperCase()}: ITS TESTS ARE NOT RUN. docker compose up --wait starts it.\n`,
    );
    return describe.skip;
  }
}

import { guardContract } from "./adapter-contract/guards.ts";
import { sessionContract } from "./adapter-contract/sessions.ts";
import { type AdapterUnderTest, createSuite } from "./adapter-contract/suite.ts";
import { wireContract } from "./adapter-contract/wire.ts";
import type { TestRunner } from "./test-runner.ts";

export type { AdapterUnderTest, RunningApp } from "./adapter-contract/suite.ts";
export { type ContractHasher, type ContractParts, contractSite } from "./adapter-contract/site.ts";

/** What {@link adapterContract} is told: the app, and the runner that runs the tests. */
export interface AdapterContractOptions extends AdapterUnderTest, TestRunner {
  /** Runs once after all tests. */
  afterAll(body: () => Promise<void>): unknown;
}

/**
 * Declares the tests that every adapter has to pass, over real sockets: sessions from their beginning to their end, ten
 * refreshes at once, guards and ways around them, outages, and what goes through: bodies, cookies, streams.
 *
 * The app mounts the `auth` of `contractSite` and has these routes, each by what the adapter offers:
 *
 * | route | answers |
 * | --- | --- |
 * | `GET /api/whoami` | `{ status, userId }`: who the request is from; `userId` is null unless `active` |
 * | `GET` and `POST /api/private` | behind a guard: `{ userId }` |
 * | `GET /api/fresh` | behind a guard with `freshFor: "5m"`: `{ userId }` |
 * | `GET /private` | a page behind a guard, with the user's id in it |
 * | `POST /api/sign-in` | reads who the request is from, signs in `{ userId }` of the JSON body with the method `app`, sets a cookie of its own, `theme=dark`, says `Cache-Control: public, s-maxage=600`, reads again, and answers `{ userId }` of whoever it is from then |
 * | `POST /api/sign-out` | reads who the request is from, and signs out: `{}` |
 *
 * ```ts
 * import { afterAll, describe, it } from "vitest";
 * adapterContract({ name: "my framework", serve: () => startApp(), describe, it, afterAll });
 * ```
 */
export function adapterContract(options: AdapterContractOptions): void {
  const suite = createSuite(options);
  options.describe(`${options.name}: the adapter contract`, () => {
    sessionContract(suite);
    guardContract(suite);
    wireContract(suite);
    options.afterAll(() => suite.stop());
  });
}

import { cleaningContract } from "./store-contract/cleaning.ts";
import { creationContract } from "./store-contract/creation.ts";
import { dataContract } from "./store-contract/data.ts";
import { endingContract } from "./store-contract/ending.ts";
import { entryContract } from "./store-contract/entries.ts";
import { faultContract } from "./store-contract/faults.ts";
import { feedContract } from "./store-contract/feed.ts";
import { lifeContract } from "./store-contract/life.ts";
import { limitContract } from "./store-contract/limit.ts";
import { listContract } from "./store-contract/list.ts";
import { rotationContract } from "./store-contract/rotation.ts";
import { createSuite, type StoreUnderTest } from "./store-contract/suite.ts";
import { touchContract } from "./store-contract/touch.ts";
import { updateContract } from "./store-contract/update.ts";
import { userContract } from "./store-contract/users.ts";
import type { TestRunner } from "./test-runner.ts";

/** What {@link storeContract} is told: the store, and the runner that runs the tests. */
export type StoreContractOptions = StoreUnderTest & TestRunner;

/**
 * Declares the tests that every store has to pass: each sentence of the `SessionStore` port, under
 * real concurrency, at the exact millisecond, with late, repeated and lost calls, and with hostile input.
 *
 * ```ts
 * import { describe, it } from "vitest";
 * storeContract({ name: "my store", open: () => myStore(), describe, it });
 * ```
 */
export function storeContract(options: StoreContractOptions): void {
  const suite = createSuite(options);
  options.describe(`${options.name}: the session store contract`, () => {
    creationContract(suite);
    lifeContract(suite);
    touchContract(suite);
    rotationContract(suite);
    updateContract(suite);
    dataContract(suite);
    endingContract(suite);
    limitContract(suite);
    listContract(suite);
    feedContract(suite);
    cleaningContract(suite);
    userContract(suite);
    entryContract(suite);
    faultContract(suite);
  });
}

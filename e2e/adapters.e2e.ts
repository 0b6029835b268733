import { afterAll, describe, it } from "vitest";
import { adapterContract } from "../packages/sojourn/src/testing/index.ts";
import { builtExamples, startExample } from "./framework-app.ts";

/* The contract on apps of frameworks that build them: each is an example, with the contract's routes laid over it. */
for (const name of builtExamples())
  adapterContract({ name, describe, it, afterAll, serve: () => startExample(name, { contract: true }) });

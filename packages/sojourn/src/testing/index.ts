export {
  accountDirectoryContract,
  type AccountDirectoryContractOptions,
} from "./account-directory-contract.ts";
export {
  credentialDirectoryContract,
  type CredentialDirectoryContractOptions,
} from "./credential-directory-contract.ts";
export {
  adapterContract,
  type AdapterContractOptions,
  type AdapterUnderTest,
  type ContractHasher,
  type ContractParts,
  contractSite,
  type RunningApp,
} from "./adapter-contract.ts";
export { type FakeClock, fakeClock } from "./fake-clock.ts";
export { hostileStrings, textWithNul } from "./hostile-strings.ts";
export { sampleLineage, sampleSession, sampleSid } from "./sample-session.ts";
export { seededRandom } from "./seeded-random.ts";
export { storeContract, type StoreContractOptions } from "./store-contract.ts";
export type { TestRunner } from "./test-runner.ts";

import { buildPackage } from "../tools/build.ts";

/** Runs once before the e2e tests: what they drive imports the built package, as an app does. */
export default function buildLibrary(): void {
  buildPackage();
}

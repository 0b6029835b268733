import { writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/**
 * Says at the end how many tests passed and failed, as `12 passed, 0 failed`: on the screen, or in the
 * file that the variable `TEST_COUNTS` names.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    // A file that cannot be loaded, or a rejection nobody awaited, has no test to its name.
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        if (test.result().state === "passed") passed += 1;
        if (test.result().state === "failed") failed += 1;
      }
    }
    const line = `${passed} passed, ${failed} failed`;
    const file = process.env["TEST_COUNTS"];
    if (file === undefined) console.log(line);
    else writeFileSync(file, `${line}\n`);
  }
}

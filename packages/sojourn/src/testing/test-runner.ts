/** How the contracts declare their tests: `describe` and `it` of vitest, jest, node:test, bun:test, ... */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: () => Promise<void>): unknown;
}

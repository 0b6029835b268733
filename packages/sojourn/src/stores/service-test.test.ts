import { afterEach, describe, expect, it, vi } from "vitest";
import { serviceTest } from "./service-test.fixture.ts";

const absent = async (): Promise<never> => {
  throw new Error("connect ECONNREFUSED");
};

describe("a suite that needs a service", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it("runs where the service answers", async () => {
    vi.stubEnv("CI", "true");
    expect(await serviceTest("Thing", async () => "pong")).toBe(true);
  });

  it("is left out with one line where it does not", async () => {
    vi.stubEnv("CI", "");
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await serviceTest("Thing", absent)).toBe(false);
    expect(write.mock.calls).toEqual([
      ["SKIPPED: Thing is not there, so what needs it is not tested (connect ECONNREFUSED).\n"],
    ]);
  });

  it("fails on a build machine", async () => {
    vi.stubEnv("CI", "true");
    await expect(serviceTest("Thing", absent)).rejects.toThrow("Thing is not there");
  });
});

import { afterEach, describe, expect, it, vi } from "vitest";
import { createArgon2Hasher } from "./hasher.ts";

/** Cheap settings: what is tested here does not depend on the cost. */
const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 };
const hasher = createArgon2Hasher(cheap);

describe("a password hash", () => {
  it("verifies the password it was made of and no other", async () => {
    const phc = await hasher.hash("correct horse");
    expect(await hasher.verify(phc, "correct horse")).toBe(true);
    for (const other of ["correct horse ", "Correct horse", "", "correct"])
      expect(await hasher.verify(phc, other)).toBe(false);
  });

  it("is argon2id with OWASP's parameters unless told otherwise", async () => {
    expect(await createArgon2Hasher().hash("pw")).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it("has a salt of its own", async () => {
    expect(await hasher.hash("pw")).not.toBe(await hasher.hash("pw"));
  });

  it("made elsewhere verifies, with whatever parameters it names", async () => {
    // Made by the reference implementation: argon2 -id -t 2 -k 256 -p 1, salt "somesalt".
    const phc = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    expect(await hasher.verify(phc, "password")).toBe(true);
    expect(await hasher.verify(phc, "Password")).toBe(false);
  });

  it.each([
    ["nothing", ""],
    ["bcrypt", "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"],
    ["argon2i", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8"],
    ["the password itself", "pw"],
    ["a hash cut short", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ"],
  ])("is not verified when it is %s", async (_, phc) => {
    expect(await hasher.verify(phc, "pw")).toBe(false);
    expect(hasher.needsRehash(phc)).toBe(true);
  });

  it("is due for replacement exactly when its settings are not today's", async () => {
    const phc = await hasher.hash("pw");
    expect(hasher.needsRehash(phc)).toBe(false);
    expect(createArgon2Hasher({ ...cheap, memoryCost: 128 }).needsRehash(phc)).toBe(true);
    expect(createArgon2Hasher({ ...cheap, timeCost: 2 }).needsRehash(phc)).toBe(true);
    expect(createArgon2Hasher({ ...cheap, parallelism: 2 }).needsRehash(phc)).toBe(true);
    expect(hasher.needsRehash(phc.replace("v=19", "v=16"))).toBe(true);
  });
});

describe("without the optional package", () => {
  afterEach(() => {
    vi.doUnmock("@node-rs/argon2");
    vi.resetModules();
  });

  it("the first hash says what to install", async () => {
    vi.doMock("@node-rs/argon2", () => {
      throw new Error("Cannot find package");
    });
    vi.resetModules();
    const { createArgon2Hasher: create } = await import("./hasher.ts");
    const lonely = create();
    await expect(lonely.hash("pw")).rejects.toMatchObject({
      code: "config_dependency_missing",
      message: expect.stringContaining("npm install @node-rs/argon2"),
      cause: expect.any(Error),
    });
  });
});

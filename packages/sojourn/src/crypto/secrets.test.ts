import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ErrorCode, isSojournError, type SojournError } from "../domain/errors.ts";
import { checkSecret, generateSecret } from "./secrets.ts";

function refusal(secret: unknown, option = "secret"): SojournError | null {
  try {
    checkSecret(secret, option);
    return null;
  } catch (error) {
    if (isSojournError(error)) return error;
    throw error;
  }
}
const code = (secret: unknown): ErrorCode | undefined => refusal(secret)?.code;

describe("a random secret", () => {
  const generators: readonly [string, () => string][] = [
    ["made by generateSecret", generateSecret],
    ["of 32 bytes in hex", () => randomBytes(32).toString("hex")],
    ["of 32 bytes in upper-case hex", () => randomBytes(32).toString("hex").toUpperCase()],
    ["of 32 bytes in base64", () => randomBytes(32).toString("base64")],
    ["of 64 bytes in base64", () => randomBytes(64).toString("base64")],
    ["of two UUIDs", () => randomUUID() + randomUUID()],
  ];
  it.each(generators)("%s is never refused", (_, make) => {
    for (let round = 0; round < 3500; round += 1) {
      const secret = make();
      expect(refusal(secret)?.message, secret).toBeUndefined();
    }
  });

  it("of 16 bytes in hex passes: 128 bits are enough", () => {
    for (const secret of ["9f86d081884c7d659a2feaa0c55ad015", "0cc175b9c0f1b6a831c399e269772661"]) {
      expect(refusal(secret)).toBeNull();
    }
  });

  it("of eight words drawn by dice from a long list passes", () => {
    expect(refusal("grudging-unlit-backpack-overstay-comma-dweeb-vaguely-prelaunch-scribble")).toBeNull();
  });
});

describe("no secret", () => {
  it.each([undefined, null, "", "   ", 42, {}, ["a"], Buffer.alloc(32)])("is %j", (secret) => {
    expect(code(secret)).toBe("config_secret_missing");
  });
});

describe("a weak secret", () => {
  it.each([
    ["short", "q7Rk2VxZ9mTb4Yc8"],
    ["31 bytes long", "q7Rk2VxZ9mTb4Yc8Hn5Wd3Ls6Pf1Gj0"],
    ["one character", "a".repeat(64)],
    ["a few characters", "ab".repeat(32)],
    ["a short block again and again", "xK9$".repeat(16)],
    ["a longer block again and again", "Zt4!mQ8r".repeat(5)],
    ["the digits in turn", "0123456789012345678901234567890123456789"],
    ["the alphabet", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"],
    ["the alphabet backwards", "zyxwvutsrqponmlkjihgfedcba9876543210"],
    ["hex digits in turn", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"],
    ["rows of the keyboard", "qwertyuiopasdfghjklzxcvbnm1234567890"],
    ["columns of the keyboard", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"],
    ["zeros with a one", `${"0".repeat(63)}1`],
    ["a placeholder", "please-change-me-to-something-secret-in-production"],
    ["a placeholder in capitals", "CHANGE_THIS_SECRET_KEY_BEFORE_DEPLOYMENT"],
    ["a placeholder with digits behind", "my-super-secret-session-key-1234567890"],
    ["a placeholder in disguise", "my-sup3r-s3cr3t-p@ssw0rd-f0r-my-@pp-123"],
    ["a placeholder in camel case", "ThisIsMyVeryLongSecretKeyForSigningTokens"],
    ["a placeholder without breaks", "thisisasecretkeyforjwtsigningandverification"],
    ["common words among names", "FabrikamNorthwindAdventureSecretSigningTokenPassword"],
    ["a test key", "test-secret-test-secret-test-secret-test"],
    ["a sentence", "this is a sentence that nobody would ever think of, right"],
    ["a phrase of names", "Berlin Paris London Madrid Rome Vienna Prague"],
    ["a variable of a template", "${PRODUCTION_SESSION_SIGNING_KEY_V2}"],
    ["another variable of a template", "{{ vault.sessions.signing.primary_k }}"],
    ["a placeholder in base64", Buffer.from("my-super-secret-session-signing-key").toString("base64")],
    ["a placeholder in hex", Buffer.from("change-me-please-change-me").toString("hex")],
  ])("is %s", (_, secret) => {
    expect(code(secret)).toBe("config_secret_weak");
  });
});

describe("a publicly known secret", () => {
  it.each([
    "your-256-bit-secret",
    "a-string-secret-at-least-256-bits-long",
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "complex_password_at_least_32_characters_long",
    "better-auth-secret-12345678901234567890",
    "-- DEV COOKIE SECRET; CHANGE ME --",
    "reallyreallyreallyreallyverysafe",
    "UpNVntn3cDxHJpq99YMc1T1AQgQpc8kfYTuRgBiYa15BLrx8etQoXz3gZv1/u2oq",
    "3EK6FD+o0+c7tzBNVfjpMkNDi2yARAAKzQlk8O2IKoxQu4nF7EdAh8s3TwpHwrdWT6R",
    "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2",
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "openssl rand -base64 32",
    "django-insecure-x9$k2vq!w7mz^t4r8h#n5b@c1j6p3d0f",
  ])("is recognised: %s", (secret) => {
    expect(refusal(secret)?.message).toMatch(/^secret is publicly known/);
  });

  it("is recognised in other case, with other separators, inside another and in base64", () => {
    const known = "super-secret-jwt-token-with-at-least-32-characters-long";
    const variants = [
      known.toUpperCase(),
      known.replaceAll("-", "_"),
      known.replaceAll("-", " "),
      `${known}!`,
      `staging:${known}`,
      Buffer.from(known).toString("base64"),
    ];
    for (const variant of variants) expect(refusal(variant)?.message).toMatch(/publicly known/);
  });
});

describe("the refusal of a secret", () => {
  it("says which option, why, and how to make a good one", () => {
    const command = `node -e "console.log(require('crypto').randomBytes(32).toString('base64url'))"`;
    const messages = [
      refusal(undefined, "secret")?.message,
      refusal("tooshort-q7Rk", "secret[1]")?.message,
      refusal("a".repeat(40), "secret")?.message,
      refusal("please-change-me-to-something-secret-in-production", "secret")?.message,
    ];
    expect(messages).toEqual([
      `secret is missing. Make a good one with: ${command}`,
      `secret[1] has 13 bytes; at least 32 are needed. Make a good one with: ${command}`,
      expect.stringMatching(/^secret is too regular: /),
      expect.stringMatching(/^secret looks like a placeholder/),
    ]);
  });

  it("never shows the secret", () => {
    for (const secret of [
      "hunter2-hunter2",
      "a-very-private-phrase-of-mine-and-nobody-elses",
      "keyboard cat",
    ]) {
      const error = refusal(secret);
      expect(error).not.toBeNull();
      expect(JSON.stringify([error?.message, error?.extra, error?.stack])).not.toContain(secret);
    }
  });

  it("takes no time for a huge one", () => {
    expect(code("ab".repeat(1_000_000))).toBe("config_secret_weak");
  });
});

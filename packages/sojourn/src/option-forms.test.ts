import { describe, expect, it } from "vitest";
import type { AuthOptions } from "./auth-options.ts";
import { createAuth } from "./create-auth.ts";
import { testSecret } from "./http/http-test-kit.fixture.ts";
import { type PasswordOptions, password } from "./login/password/index.ts";
import { memory } from "./stores/memory/index.ts";

/** What a caller without types may write. */
const boot = (options: unknown): unknown =>
  createAuth({ secret: testSecret, store: memory(), ...(options as AuthOptions) });

describe("an option of the wrong form is refused at boot by its name", () => {
  it.each<readonly [string, unknown, RegExp]>([
    [
      "a callback that there is not",
      { callbacks: { anomoly: () => "end" } },
      /^callbacks\.anomoly is not .*anomaly/,
    ],
    ["a callback that is none", { callbacks: { session: 5 } }, /^callbacks\.session must be a function/],
    ["callbacks that are one", { callbacks: () => null }, /^callbacks must be an object with user/],
    ["csrf: true, which would ask for no token", { csrf: true }, /^csrf must be an object with token/],
    ["cors: true", { cors: true }, /^cors must be an object with origins/],
    ["privacy: none", { privacy: "none" }, /^privacy must be an object with ip/],
    ["cookie: a name", { cookie: "sid" }, /^cookie must be an object/],
    ["session: null", { session: null }, /^session must be an object/],
    ["jwt: an algorithm", { jwt: "EdDSA" }, /^jwt must be an object/],
    ["redirects: a path", { redirects: "/" }, /^redirects must be an object/],
    ["impersonation: true", { impersonation: true }, /^impersonation must be an object with allow/],
    ["audit: null", { audit: null }, /^audit must be true/],
    ["a store that is not open", { store: memory }, /^store must be a store itself/],
    ["a promise of a store", { store: Promise.resolve(memory()) }, /^store must be a store itself/],
    ["no store", { store: null }, /^store must be a store itself/],
    ["a login by its name", { login: ["password"] }, /^login must be a list of ways/],
    ["a login that is no list", { login: password() }, /^login must be a list of ways/],
    ["a transport that is no list", { transports: "header" }, /^transports must be a list/],
    ["a field that is no list", { jwt: { fields: "role" } }, /^jwt\.fields must be a list/],
    ["a service that is no list", { services: { id: "a", secret: testSecret } }, /^services must be a list/],
    ["an origin that is no list", { trustedOrigins: "https://a.example" }, /^trustedOrigins must be a list/],
    ["an event sink that is none", { onEvent: "log" }, /^onEvent must be a function/],
    [
      "revocations: off",
      { strategy: "stateless", revocations: "off" },
      /^revocations must be "store" or "none"/,
    ],
    ["a limit that is a number", { session: { limit: 2 } }, /^session\.limit must be an object/],
  ])("%s", (_name, options, message) => {
    expect(() => boot(options)).toThrow(expect.objectContaining({ code: "config_invalid" }) as Error);
    expect(() => boot(options)).toThrow(message);
  });

  it("a rule of passwords that there is not, and a password() that was not called", () => {
    const misspelt = { minLenght: 12 } as PasswordOptions;
    expect(() => password(misspelt)).toThrow(/^password: minLenght is not an option\. Known: minLength/);
    expect(() => boot({ login: [password] })).toThrow(/^password: clock is not an option/);
  });
});

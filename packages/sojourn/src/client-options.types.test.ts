import { describe, expect, expectTypeOf, it } from "vitest";
import { type Anomaly, type AuthOptions, createAuth, type Place } from "./index.ts";
import { memory } from "./stores/memory/index.ts";

const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
const store = memory();

describe("what an app wants known of clients", () => {
  it("has types that say what is possible", () => {
    const auth = createAuth({
      secret,
      store,
      privacy: { ip: "truncated", userAgent: "device" },
      place: async (ip) => {
        expectTypeOf(ip).toEqualTypeOf<string>();
        return { country: "NL" };
      },
      anomalies: true,
      callbacks: {
        anomaly: (anomaly) => {
          expectTypeOf(anomaly).toEqualTypeOf<Anomaly>();
          return anomaly.changed.includes("country") ? "step_up" : "ignore";
        },
      },
    });
    type Listed = Awaited<ReturnType<typeof auth.sessions.list>>[number];
    expectTypeOf<Listed["place"]>().toEqualTypeOf<Place | null>();
    expectTypeOf<NonNullable<AuthOptions["privacy"]>["ip"]>().toEqualTypeOf<
      "full" | "truncated" | "none" | undefined
    >();
    // @ts-expect-error: not a rule for addresses
    expect(() => createAuth({ secret, store, privacy: { ip: "device" } })).toThrow("privacy.ip");
    // @ts-expect-error: not an answer
    createAuth({ secret, store, callbacks: { anomaly: () => "kill" } });
    // @ts-expect-error: not a place
    createAuth({ secret, store, place: () => "NL" });
  });

  it.each<[object, string]>([
    [{ privacy: "strict" }, "privacy must be an object with ip, userAgent."],
    [{ privacy: { address: "none" } }, "privacy.address is not an option. Known: ip, userAgent."],
    [{ privacy: { toString: "none" } }, "privacy.toString is not an option."],
    [{ privacy: { ip: "hashed" } }, "privacy.ip must be one of full, truncated, none."],
    [{ privacy: { userAgent: false } }, "privacy.userAgent must be one of full, device, none."],
    [{ place: "geo.mmdb" }, "place must be of type function."],
    [{ anomalies: "yes" }, "anomalies must be of type boolean."],
    [{ callbacks: { anomaly: "step_up" } }, "callbacks.anomaly must be a function."],
  ])("is refused at the start where it cannot work: %j", (options, message) => {
    const wrong = { secret, store, ...options } as AuthOptions;
    expect(() => createAuth(wrong)).toThrow(
      expect.objectContaining({
        code: "config_invalid",
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  it.each<[string, object]>([
    ["place and anomalies", { place: () => null }],
    ["anomalies", { anomalies: true }],
    ["anomalies", { callbacks: { anomaly: () => undefined } }],
  ])("is refused where it cannot be kept: %s", (name, wanted) => {
    const { entries: _none, ...sessionsOnly } = memory();
    for (const where of [
      {},
      { store, strategy: "stateless", revocations: "none" },
      { store: sessionsOnly },
    ] as AuthOptions[]) {
      expect(() => createAuth({ secret, ...where, ...wanted })).toThrow(
        expect.objectContaining({
          code: "config_store_required",
          message: expect.stringContaining(`${name} need a store`) as string,
        }),
      );
    }
  });

  it("asks for no store where it is only to be kept less", () => {
    expect(() => createAuth({ secret, privacy: { ip: "none" }, anomalies: false })).not.toThrow();
  });
});

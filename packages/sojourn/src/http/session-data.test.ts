import { describe, expect, it } from "vitest";
import { z } from "zod";
import { withHook } from "./fleet.fixture.ts";
import { createSite, strategies } from "./http-test-kit.fixture.ts";
import type { DataDeclarations } from "../domain/data-schema.ts";
import { memory } from "../stores/memory/index.ts";
import { dataSite, dataStores, requestOf, sidOf } from "./session-data.fixture.ts";

const refused = (code: string): unknown => expect.objectContaining({ code });

describe.each(dataStores)("session data in %s", (_name, makeStore) => {
  describe.each(strategies)("with %s sessions", (strategy) => {
    it("is read, set, taken and removed by request and by sid", async () => {
      const { auth, signedUp } = dataSite(strategy, { accounts: makeStore() });
      const ada = await signedUp();
      const [request, sid] = [requestOf(ada), await sidOf(ada)];
      expect(await auth.data.get(request, "theme")).toBe(undefined);
      await auth.data.set(request, "theme", "dark");
      await auth.data.set(sid, "step", 3);
      expect(await auth.data.get(sid, "theme")).toBe("dark");
      expect(await auth.data.all(request)).toEqual({ theme: "dark", step: 3 });
      expect(await auth.data.take(request, "step")).toBe(3);
      expect(await auth.data.take(sid, "step")).toBe(undefined);
      await auth.data.delete(request, "theme");
      await auth.data.delete(sid, "theme");
      expect(await auth.data.all(sid)).toEqual({});
    });

    it("loses nothing when requests set different keys at once", async () => {
      const { auth, signedUp } = dataSite(strategy, { accounts: makeStore() });
      const request = requestOf(await signedUp());
      await Promise.all([
        auth.data.set(request, "theme", "light"),
        auth.data.set(request, "cart", ["book"]),
        auth.data.set(request, "step", 1),
        auth.data.set(request, "secret", "s"),
      ]);
      expect(await auth.data.all(request)).toEqual({ theme: "light", cart: ["book"], step: 1, secret: "s" });
    });

    it("is given to one of fifty who take it at once", async () => {
      const { auth, signedUp } = dataSite(strategy, { accounts: makeStore() });
      const request = requestOf(await signedUp());
      await auth.data.set(request, "step", 7);
      const taken = await Promise.all(Array.from({ length: 50 }, () => auth.data.take(request, "step")));
      expect(taken.filter((value) => value !== undefined)).toEqual([7]);
    });
  });
});

describe("a value that is refused", () => {
  const wrongs: readonly (readonly [what: string, key: string, value: unknown, code: string])[] = [
    ["does not pass a schema", "theme", "blue", "invalid_input"],
    ["does not pass a function", "step", "3", "invalid_input"],
    ["is too large", "secret", "x".repeat(4095), "data_too_large"],
    ["is too large in bytes, if not in letters", "secret", "é".repeat(2048), "data_too_large"],
    ["has a key that is not declared", "colour", "blue", "data_key_unknown"],
    ["has a key that every object has", "__proto__", "blue", "data_key_unknown"],
    ["has a key that every object inherits", "toString", "blue", "data_key_unknown"],
  ];

  it.each(wrongs)("%s, before the store is asked", async (_what, key, value, code) => {
    const { auth, signedUp, outage } = dataSite("stateful");
    const request = requestOf(await signedUp());
    outage.sessions = true;
    await expect(auth.data.set(request, key, value)).rejects.toEqual(refused(code));
    outage.sessions = false;
    expect(await auth.data.all(request)).toEqual({});
  });
});

describe("what is wrong with a refused value", () => {
  it("is told by the schema's issues, with where", async () => {
    const { auth, signedUp } = dataSite("stateful");
    const request = requestOf(await signedUp());
    await expect(auth.data.set(request, "even", 3)).rejects.toMatchObject({
      code: "invalid_input",
      extra: { issues: [{ path: "a.1", message: "not even" }] },
    });
  });

  it("is not told in the words of what a function throws, which are for the log", async () => {
    const { auth, signedUp } = dataSite("stateful");
    const failure: unknown = await auth.data.set(requestOf(await signedUp()), "step", "x").catch((e) => e);
    expect(JSON.stringify(failure) + String(failure)).not.toContain("the secret reason");
    expect(failure).toMatchObject({ cause: new TypeError("the secret reason") });
  });
});

describe("what is kept of a value", () => {
  const data: DataDeclarations = {
    profile: z.object({ name: z.string().trim(), langs: z.array(z.string()).default([]) }),
    length: z.string().transform((text) => text.length),
    at: z.coerce.date(),
    later: async (value) => String(value),
    broken: () => 1n,
  };

  it("is what the schema makes of it, without what it does not know", async () => {
    const { auth, signedUp } = dataSite("stateful", { session: { data } });
    const request = requestOf(await signedUp());
    const hostile: unknown = JSON.parse('{"name":" Ada ","isAdmin":true,"__proto__":{"isAdmin":true}}');
    await auth.data.set(request, "profile", hostile);
    await auth.data.set(request, "later", 5);
    const stored = { profile: { name: "Ada", langs: [] }, later: "5" };
    expect(await auth.data.all(request)).toEqual(stored);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBe(undefined);
    const { sid } = (await auth.requireSession(request)).session;
    expect(await auth.sessions.getData(sid, "profile")).toEqual(stored.profile);
  });

  it.each([
    ["length", "what its schema does not read again", "abc"],
    ["at", "no JSON", "2030-01-01"],
    ["broken", "no JSON", 1],
  ])("is refused for %s, which would be %s", async (key, _what, value) => {
    const { auth, signedUp } = dataSite("stateful", { session: { data } });
    const request = requestOf(await signedUp());
    await expect(auth.data.set(request, key, value)).rejects.toEqual(refused("invalid_input"));
    expect(await auth.data.all(request)).toEqual({});
  });
});

describe("how much a session holds", () => {
  it("is up to what a key says of itself, and to 32 KiB together", async () => {
    const { auth, signedUp } = dataSite("stateful");
    const [request, sid] = await signedUp().then(async (ada) => [requestOf(ada), await sidOf(ada)] as const);
    const large = ["x".repeat(19_000)];
    await auth.data.set(request, "cart", large);
    await expect(auth.data.set(request, "cart", ["x".repeat(20_000)])).rejects.toEqual(
      refused("data_too_large"),
    );
    await auth.sessions.setData(sid, "raw", "x".repeat(12_000));
    await expect(auth.data.set(request, "secret", "x".repeat(3000))).rejects.toEqual(
      refused("data_too_large"),
    );
    expect(await auth.data.all(request)).toEqual({ cart: large });
  });
});

describe.each(strategies)("without a live %s session", (strategy) => {
  it("reads give nothing, and writes say that nobody is signed in", async () => {
    const { auth } = dataSite(strategy);
    const request = new Request("https://app.example/");
    expect(await auth.data.get(request, "theme")).toBe(undefined);
    expect(await auth.data.take(request, "theme")).toBe(undefined);
    expect(await auth.data.all(request)).toEqual({});
    for (const write of [auth.data.set(request, "theme", "dark"), auth.data.delete(request, "theme")])
      await expect(write).rejects.toEqual(refused("unauthenticated"));
    await expect(auth.data.get(request, "colour")).rejects.toEqual(refused("data_key_unknown"));
  });

  it("of one that is over writes say so, with the reason, by request and by sid", async () => {
    const { auth, signedUp } = dataSite(strategy);
    const ada = await signedUp();
    const [request, sid] = [requestOf(ada), await sidOf(ada)];
    await auth.data.set(request, "theme", "dark");
    await auth.sessions.revoke(sid, "revoked_by_admin");
    for (const target of [request, sid]) {
      expect(await auth.data.get(target, "theme")).toBe(undefined);
      expect(await auth.data.take(target, "theme")).toBe(undefined);
      expect(await auth.data.all(target)).toEqual({});
      for (const write of [auth.data.set(target, "theme", "light"), auth.data.delete(target, "theme")]) {
        await expect(write).rejects.toMatchObject({
          code: "session_ended",
          extra: { reason: "revoked_by_admin" },
        });
      }
    }
    await expect(auth.data.set("no-such-sid", "theme", "light")).rejects.toEqual(refused("session_ended"));
  });

  it("nor of one that a policy has ended which became shorter, or whose user is disabled", async () => {
    const accounts = memory();
    const before = dataSite(strategy, { accounts });
    const sid = await sidOf(await before.signedUp());
    await before.auth.data.set(sid, "step", 1);
    const { auth, clock } = dataSite(strategy, { accounts, session: { idleTimeout: "1h" } });
    await clock.advance(2 * 3_600_000);
    expect(await auth.data.take(sid, "step")).toBe(undefined);
    for (const write of [auth.data.set(sid, "step", 2), auth.data.delete(sid, "step")])
      await expect(write).rejects.toMatchObject({ code: "session_ended", extra: { reason: "idle" } });
    const { userId } = (await before.auth.sessions.get(sid)) ?? { userId: "" };
    await accounts.users.setStatus(userId, "disabled");
    await expect(before.auth.flash.add(sid, "Hello.")).rejects.toMatchObject({
      code: "session_ended",
      extra: { reason: "user_disabled" },
    });
    expect(await before.auth.sessions.getData(sid, "step")).toBe(1);
  });

  it("nothing is written to one that ends between the check and the writing", async () => {
    const accounts = memory();
    let sid = "";
    const sessions = withHook(accounts.sessions, "setData", () => {
      void accounts.sessions.revoke(sid, clock.now(), "signed_out");
    });
    const { auth, signedUp, clock } = dataSite(strategy, { accounts: { ...accounts, sessions } });
    const ada = await signedUp();
    sid = await sidOf(ada);
    await expect(auth.data.set(requestOf(ada), "theme", "dark")).rejects.toMatchObject({
      code: "session_ended",
      extra: { reason: "signed_out" },
    });
  });

  it("in an outage every verb says store_unavailable", async () => {
    const { auth, signedUp, outage } = dataSite(strategy);
    const ada = await signedUp();
    const [request, sid] = [requestOf(ada), await sidOf(ada)];
    outage.sessions = true;
    for (const target of [request, sid]) {
      const verbs: readonly (() => Promise<unknown>)[] = [
        () => auth.data.get(target, "theme"),
        () => auth.data.all(target),
        () => auth.data.set(target, "theme", "dark"),
        () => auth.data.delete(target, "theme"),
        () => auth.data.take(target, "theme"),
        () => auth.flash.add(target, "Saved."),
        () => auth.flash.take(target),
      ];
      for (const verb of verbs) await expect(verb()).rejects.toEqual(refused("store_unavailable"));
    }
  });
});

describe("after a deploy with another schema", () => {
  it("a value that no longer passes reads as absent, everywhere, and is no failure", async () => {
    const accounts = memory();
    const before = dataSite("stateful", { accounts, session: { data: { theme: String, step: String } } });
    const ada = await before.signedUp();
    await before.auth.data.set(requestOf(ada), "theme", "blue");
    await before.auth.data.set(requestOf(ada), "step", "3");
    const { auth, send } = dataSite("stateful", { accounts });
    const [request, sid] = [requestOf(ada), await sidOf(ada)];
    expect(await auth.data.all(request)).toEqual({});
    expect(await auth.data.get(request, "theme")).toBe(undefined);
    expect((await auth.sessions.get(sid))?.data).toEqual({});
    const page = new Request("https://app.example/auth/session", { headers: { cookie: ada.cookie } });
    expect((await send(page)).body.data).toEqual({});
    expect(await auth.sessions.getData(sid, "theme")).toBe("blue");
    expect(await auth.data.take(request, "theme")).toBe(undefined);
    await auth.data.set(request, "step", 4);
    expect(await auth.data.get(request, "step")).toBe(4);
  });

  it("a key that is no longer declared is not told", async () => {
    const accounts = memory();
    const ada = await dataSite("stateful", { accounts }).signedUp();
    const { auth } = createSite("stateful", { accounts, session: { data: { theme: String } } });
    await auth.data.set(requestOf(ada), "theme", "dark");
    await auth.sessions.setData(await sidOf(ada), "forgotten", 1);
    expect(await auth.data.all(requestOf(ada))).toEqual({ theme: "dark" });
  });
});

describe("where nothing is declared", () => {
  it("any JSON may lie under any key", async () => {
    const { auth, signedUp } = createSite("stateful");
    const request = requestOf(await signedUp());
    await auth.data.set(request, "any.key", { a: [1, null] });
    expect(await auth.data.all(request)).toEqual({ "any.key": { a: [1, null] } });
    for (const [key, value] of [
      ["__proto__", 1],
      ["a b", 1],
      ["flash/1", 1],
      ["ok", new Date()],
      ["ok", undefined],
    ] as const)
      await expect(auth.data.set(request, key, value)).rejects.toEqual(refused("invalid_input"));
  });
});

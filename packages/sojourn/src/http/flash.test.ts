import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SojournError } from "../domain/errors.ts";
import { memory } from "../stores/memory/index.ts";
import { createSite, strategies } from "./http-test-kit.fixture.ts";
import { dataStores, requestOf, sidOf } from "./session-data.fixture.ts";

const refused = (code: string): unknown => expect.objectContaining({ code });

describe.each(dataStores)("a flash message in %s", (_name, makeStore) => {
  describe.each(strategies)("with %s sessions", (strategy) => {
    it("is shown once, in the order of adding", async () => {
      const { auth, signedUp, clock } = createSite(strategy, { accounts: makeStore() });
      const browser = await signedUp();
      const request = requestOf(browser);
      await auth.flash.add(request, "one");
      await auth.flash.add(await sidOf(browser), { text: "two" });
      await clock.advance(5);
      await auth.flash.add(request, 3);
      expect(await auth.flash.take(request)).toEqual(["one", { text: "two" }, 3]);
      expect(await auth.flash.take(request)).toEqual([]);
    });

    it("is shown to one of fifty requests that take at once", async () => {
      const { auth, signedUp } = createSite(strategy, { accounts: makeStore() });
      const request = requestOf(await signedUp());
      const messages = ["a", "b", "c", "d", "e"];
      for (const message of messages) await auth.flash.add(request, message);
      const taken = await Promise.all(Array.from({ length: 50 }, () => auth.flash.take(request)));
      expect(taken.flat().toSorted()).toEqual(messages);
    });

    it("is not lost where others are added at once, and each is shown once while they are taken", async () => {
      const { auth, signedUp } = createSite(strategy, { accounts: makeStore() });
      const request = requestOf(await signedUp());
      const added = Promise.all(Array.from({ length: 10 }, (_, i) => auth.flash.add(request, i)));
      const taken = await Promise.all(Array.from({ length: 5 }, () => auth.flash.take(request)));
      await added;
      const shown = [...taken.flat(), ...(await auth.flash.take(request))];
      expect(shown.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it("gives way to newer ones where more than ten wait, however they came", async () => {
      const { auth, signedUp } = createSite(strategy, { accounts: makeStore() });
      const request = requestOf(await signedUp());
      for (let i = 0; i < 13; i += 1) await auth.flash.add(request, i);
      expect(await auth.flash.take(request)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      await Promise.all(Array.from({ length: 40 }, (_, i) => auth.flash.add(request, i)));
      expect(await auth.flash.take(request)).toHaveLength(10);
    });
  });
});

describe("a flash message", () => {
  it("is for visitors as well, and for nobody without a session", async () => {
    const { auth, browser } = createSite("stateful");
    const visitor = browser();
    await expect(auth.flash.add(requestOf(visitor), "Hello.")).rejects.toEqual(refused("unauthenticated"));
    expect(await auth.flash.take(requestOf(visitor))).toEqual([]);
    await visitor.post("/sign-in/anonymous");
    await auth.flash.add(requestOf(visitor), "Hello.");
    expect(await auth.flash.take(requestOf(visitor))).toEqual(["Hello."]);
  });

  it("is refused before the store is asked if it is no JSON, too large, or not what the schema says", async () => {
    const flash = z.object({ kind: z.enum(["done", "failed"]), text: z.string().default("") });
    const { auth, signedUp, outage } = createSite("stateful", { session: { flash } });
    const request = requestOf(await signedUp());
    outage.sessions = true;
    for (const message of [1n, "Saved.", { kind: "maybe" }, new Date()])
      await expect(auth.flash.add(request, message)).rejects.toEqual(refused("invalid_input"));
    await expect(auth.flash.add(request, { kind: "done", text: "x".repeat(1000) })).rejects.toEqual(
      refused("data_too_large"),
    );
    outage.sessions = false;
    await auth.flash.add(request, { kind: "done", more: "dropped" });
    expect(await auth.flash.take(request)).toEqual([{ kind: "done", text: "" }]);
  });

  it("that a newer schema does not pass is not shown", async () => {
    const accounts = memory();
    const before = createSite("stateful", { accounts });
    const request = requestOf(await before.signedUp());
    await before.auth.flash.add(request, "old");
    await before.auth.flash.add(request, { text: "new" });
    const flash = z.object({ text: z.string() });
    const { auth } = createSite("stateful", { accounts, session: { flash } });
    expect(await auth.flash.take(request)).toEqual([{ text: "new" }]);
  });

  it("is no session data: not told, not counted as declared, and out of reach of its verbs", async () => {
    const { auth, signedUp } = createSite("stateful");
    const browser = await signedUp();
    const [request, sid] = [requestOf(browser), await sidOf(browser)];
    await auth.flash.add(request, "Saved.");
    expect(await auth.data.all(request)).toEqual({});
    expect((await auth.sessions.get(sid))?.data).toEqual({});
    await expect(auth.sessions.setData(sid, "flash/1", 1)).rejects.toEqual(refused("invalid_input"));
  });

  it("that was taken when the store failed is shown, and the rest waits", async () => {
    const accounts = memory();
    const { sessions } = accounts;
    let left = 2;
    const failing = new Proxy(sessions, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name, target);
        if (typeof verb !== "function") return verb;
        return (...args: unknown[]): unknown => {
          if (name === "takeData" && (left -= 1) < 0) throw new SojournError("store_unavailable");
          return Reflect.apply(verb, target, args);
        };
      },
    });
    const { auth, signedUp } = createSite("stateful", { accounts: { ...accounts, sessions: failing } });
    const request = requestOf(await signedUp());
    for (const message of ["one", "two", "three"]) await auth.flash.add(request, message);
    expect(await auth.flash.take(request)).toEqual(["one", "two"]);
    await expect(auth.flash.take(request)).rejects.toEqual(refused("store_unavailable"));
    left = 9;
    expect(await auth.flash.take(request)).toEqual(["three"]);
  });
});

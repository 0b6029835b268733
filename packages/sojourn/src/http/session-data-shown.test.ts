import { describe, expect, it } from "vitest";
import { z } from "zod";
import { ada, createSite, strategies } from "./http-test-kit.fixture.ts";
import { dataSite, dataStores, requestOf, sidOf } from "./session-data.fixture.ts";

const { email, password } = ada;
const hidden = "nobody-may-read-this";

describe.each(dataStores)("GET /session over %s", (_name, makeStore) => {
  describe.each(strategies)("with %s sessions", (strategy) => {
    it("shows what is declared with expose, and nothing else", async () => {
      const { auth, signedUp } = dataSite(strategy, { accounts: makeStore() });
      const browser = await signedUp();
      expect((await browser.get("/session")).body.data).toEqual({});
      const request = requestOf(browser);
      await auth.data.set(request, "theme", "dark");
      await auth.data.set(request, "secret", hidden);
      await auth.data.set(request, "step", 9);
      await auth.flash.add(request, hidden);
      await auth.sessions.setData(await sidOf(browser), "undeclared", hidden);
      const { body, text } = await browser.get("/session");
      expect(body.data).toEqual({ theme: "dark" });
      expect(Object.keys(body).toSorted()).toEqual(["data", "renewal", "serverTime", "session", "user"]);
      expect(text).not.toContain(hidden);
    });
  });
});

describe.each(strategies)("with %s sessions", (strategy) => {
  it("GET /session has no data where none is exposed, or nobody is signed in", async () => {
    const plain = createSite(strategy, { session: { data: { theme: z.string() } } });
    const browser = await plain.signedUp();
    await plain.auth.data.set(requestOf(browser), "theme", hidden);
    expect((await browser.get("/session")).text).not.toContain(hidden);
    expect((await browser.get("/session")).body).not.toHaveProperty("data");
    expect((await dataSite(strategy).browser().get("/session")).body).toBe(null);
  });

  it("nothing of the data is anywhere else in a reply, or in a token, event, log line or callback", async () => {
    const seen: unknown[] = [];
    const see = (what: unknown): null => (seen.push(what), null);
    const site = dataSite(strategy, {
      transports: ["cookie", "header"],
      callbacks: {
        user: (asked) => (see(asked), asked.user),
        jwt: see,
        session: (read) => ({ greeting: String(see(read)) }),
        lifetimes: see,
        upgraded: (change) => void see(change),
      },
    });
    await site.signedUp();
    const visitor = site.browser();
    await visitor.post("/sign-in/anonymous");
    await site.auth.data.set(requestOf(visitor), "secret", hidden);
    await site.auth.data.set(requestOf(visitor), "cart", [hidden]);
    await site.auth.flash.add(requestOf(visitor), hidden);
    await visitor.post("/sign-in/password", { email, password });
    for (const path of ["/me", "/sessions"]) await visitor.get(path);
    for (const path of ["/touch", "/refresh"]) await visitor.post(path);
    await visitor.post("/step-up", { password });
    // What is exposed goes with each reply that tells of the session, under its own name and nowhere else.
    const told = site.replies.map(({ body, headers }) =>
      JSON.stringify([{ ...body, data: null }, [...headers]]),
    );
    expect(JSON.stringify([seen, told, site.events, site.logs])).not.toContain(hidden);
    const shown = site.replies.map(({ body }) => (body as { readonly data?: unknown } | null)?.data);
    expect(JSON.stringify(shown)).not.toContain("secret");
    expect(seen.length).toBeGreaterThan(3);
    expect((await visitor.get("/session")).body.data).toEqual({ cart: [hidden] });
  });

  it("an outage of the store is no empty data", async () => {
    const site = dataSite(strategy);
    const browser = await site.signedUp();
    site.outage.sessions = true;
    const { status, code } = await browser.get("/session");
    expect([status, code]).toEqual([503, "store_unavailable"]);
  });
});

describe("what is exposed", () => {
  it("is JSON, whatever a schema of today makes of it", async () => {
    const { auth, signedUp, accounts } = createSite("stateful", {
      session: { data: { big: { schema: String, expose: true } } },
    });
    const browser = await signedUp();
    await auth.data.set(requestOf(browser), "big", "12");
    const today = createSite("stateful", {
      accounts,
      session: { data: { big: { schema: (value) => BigInt(String(value)), expose: true } } },
    });
    expect(await today.auth.data.get(requestOf(browser), "big")).toBe(12n);
    const page = new Request("https://app.example/auth/session", { headers: { cookie: browser.cookie } });
    const { status, body } = await today.send(page);
    expect([status, body.data]).toEqual([200, {}]);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Anomaly, AnomalyAnswer } from "../domain/anomaly.ts";
import type { Place } from "../domain/place.ts";
import type { StrategyName } from "../auth-options.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import { createFleet } from "./fleet.fixture.ts";
import type { Browser } from "./browser.fixture.ts";
import {
  ada,
  createSite,
  origin,
  service,
  serviceBasic,
  type Site,
  type SiteOptions,
  strategies,
} from "./http-test-kit.fixture.ts";
import { dumpableMemory, dumpableSqlite } from "./store-dump.fixture.ts";
import { address, chrome, firefox, visitor } from "./visitor.fixture.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "sojourn-anomalies-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stores = {
  memory: dumpableMemory,
  sqlite: () => dumpableSqlite(path.join(folder, "app.db")),
};
const cases = strategies.flatMap((strategy) => [
  [strategy, "memory"] as const,
  [strategy, "sqlite"] as const,
]);

/** A site that answers anomalies, and what it was asked. */
function watching(
  strategy: StrategyName,
  { answer, ...options }: SiteOptions & { answer?: AnomalyAnswer | (() => unknown) } = {},
): { site: Site; asked: Anomaly[] } {
  const asked: Anomaly[] = [];
  const anomaly = (change: Anomaly): AnomalyAnswer | undefined => {
    asked.push(change);
    return typeof answer === "function" ? (answer() as AnomalyAnswer) : answer;
  };
  return { site: createSite(strategy, { callbacks: { anomaly }, ...options }), asked };
}

async function signedUp(site: Site): Promise<Browser> {
  const browser = visitor(site);
  const reply = await browser.post("/sign-up/password", ada);
  expect(reply.status, reply.text).toBe(200);
  return browser;
}

/** Uses a session, and lets what is written behind happen. */
async function use(site: Site, browser: Browser): Promise<number> {
  const { status } = await browser.get("/me");
  await site.clock.advance(1100);
  return status;
}

const anomalies = (site: Site): object[] => site.events.filter(({ type }) => type === "session_anomaly");

describe.each(cases)("SC-18: a session that is used from elsewhere, %s over %s", (strategy, name) => {
  it("is told of once when another browser has it, flagged, and asks for a fresh proof where one is needed", async () => {
    const { accounts, close } = stores[name]();
    const { site, asked } = watching(strategy, { answer: "step_up", accounts });
    const browser = await signedUp(site);
    await use(site, browser);
    const fresh = (from: Browser): Promise<unknown> =>
      site.auth.requireSession(
        new Request(origin, { headers: { cookie: from.cookie, "user-agent": from.userAgent } }),
        { freshFor: "5m" },
      );
    await expect(fresh(browser)).resolves.toMatchObject({ user: { role: "user" } });
    expect(asked).toEqual([]);

    const thief = visitor(site, { userAgent: chrome }, browser);
    for (let i = 0; i < 5; i += 1) await use(site, thief);
    await use(site, browser);
    const { sid, userId } = (await browser.get("/session")).body.session;
    expect(asked).toEqual([{ sid, userId, changed: ["user_agent"], ip: address, userAgent: chrome }]);
    expect(anomalies(site)).toMatchObject([
      { sid, userId, changed: ["user_agent"], answer: "step_up", userAgent: chrome },
    ]);
    expect(await site.auth.sessions.get(sid)).toMatchObject({ authTime: "1970-01-01T00:00:00.000Z" });

    // Nobody is signed out, and nobody gets at what needs a proof: neither the thief nor, until they confirm, the user.
    expect(await use(site, thief)).toBe(200);
    await expect(fresh(thief)).rejects.toMatchObject({ code: "step_up_required" });
    await expect(fresh(browser)).rejects.toMatchObject({ code: "step_up_required" });
    const confirmed = await browser.post("/step-up", { password: ada.password });
    expect(confirmed.status, confirmed.text).toBe(200);
    await expect(fresh(browser)).resolves.toMatchObject({ user: { role: "user" } });
    expect(await use(site, thief)).toBe(401);
    close();
  });

  it("is left alone unless the app says otherwise", async () => {
    const { accounts, close } = stores[name]();
    const { site, asked } = watching(strategy, { accounts });
    const browser = await signedUp(site);
    await use(site, visitor(site, { userAgent: chrome }, browser));
    expect(asked).toHaveLength(1);
    expect(anomalies(site)).toMatchObject([{ answer: "ignore" }]);
    expect(await use(site, browser)).toBe(200);
    close();
  });

  it("ends where the app says so", async () => {
    const { accounts, close } = stores[name]();
    const { site } = watching(strategy, { accounts, answer: "end" });
    const browser = await signedUp(site);
    await use(site, visitor(site, { userAgent: chrome }, browser));
    expect(await use(site, browser)).toBe(401);
    expect(site.eventTypes()).toContain("session_ended");
    close();
  });
});

describe.each(strategies)("what counts as elsewhere, %s", (strategy) => {
  it("is another network, not another address of the same", async () => {
    const { site, asked } = watching(strategy);
    const browser = await signedUp(site);
    await use(site, visitor(site, { ip: "203.0.200.1" }, browser));
    expect(asked).toEqual([]);
    await use(site, visitor(site, { ip: "198.51.100.7" }, browser));
    expect(asked.map(({ changed }) => changed)).toEqual([["network"]]);
  });

  it("is a program that says nothing of itself", async () => {
    const { site, asked } = watching(strategy);
    const browser = await signedUp(site);
    const silent = visitor(site, {}, browser);
    silent.extra["user-agent"] = null;
    await use(site, silent);
    expect(asked.map(({ changed }) => changed)).toEqual([["user_agent"]]);
  });

  it("is nothing where a session began without a request, or is asked about without its user agent", async () => {
    const { site, asked } = watching(strategy);
    const { userId } = (await (await signedUp(site)).get("/session")).body.session;
    const issued = await site.auth.sessions.create({ userId, method: "own" });
    const cookie = site.auth
      .createSessionCookie(issued)
      .map((one) => one.split(";")[0])
      .join("; ");
    await site.auth.verify({ cookie });
    await site.clock.advance(1100);
    await site.auth.verify({ cookie, userAgent: firefox, ip: address });
    await site.auth.verify({ cookie });
    await site.clock.advance(1100);
    expect(asked).toEqual([]);
    await site.auth.verify({ cookie, userAgent: chrome, ip: address });
    await site.clock.advance(1100);
    expect(asked.map(({ changed }) => changed)).toEqual([["user_agent"]]);
  });

  it("is no newer version of a browser", async () => {
    const { site, asked } = watching(strategy);
    const browser = await signedUp(site);
    await use(site, visitor(site, { userAgent: firefox.replaceAll("140.0", "155.0") }, browser));
    expect(asked).toEqual([]);
  });

  it("is another country", async () => {
    const place = (ip: string): Place => ({ country: ip.startsWith("203.") ? "NL" : "nz" });
    const { site, asked } = watching(strategy, { place });
    const browser = await signedUp(site);
    await use(site, visitor(site, { ip: "198.51.100.7" }, browser));
    expect(asked.map(({ changed }) => changed)).toEqual([["network", "country"]]);
  });

  it("is told of once for a phone that goes to and fro between its networks", async () => {
    const { site, asked } = watching(strategy);
    const browser = await signedUp(site);
    const networks = ["198.51.100.7", "192.0.2.9", "100.64.0.1", "2001:db8::1", "203.0.113.77"];
    for (let i = 0; i < 30; i += 1)
      await use(site, visitor(site, { ip: networks[i % networks.length] as string }, browser));
    expect(asked).toHaveLength(1);
  });

  it("is a new network again after a while", async () => {
    const { site, asked } = watching(strategy);
    const browser = await signedUp(site);
    await use(site, visitor(site, { ip: "198.51.100.7" }, browser));
    await site.clock.advance(61 * 60_000);
    await browser.post("/refresh");
    await use(site, visitor(site, { ip: "192.0.2.9" }, browser));
    expect(asked).toHaveLength(2);
  });

  it("is compared where neither address nor user agent is kept, and tells of neither", async () => {
    const { accounts, dump } = dumpableMemory();
    const { site, asked } = watching(strategy, { accounts, privacy: { ip: "none", userAgent: "none" } });
    const browser = await signedUp(site);
    await use(site, visitor(site, { userAgent: chrome, ip: "198.51.100.7" }, browser));
    const { sid, userId } = (await browser.get("/session")).body.session;
    expect(asked).toEqual([{ sid, userId, changed: ["user_agent", "network"], ip: null, userAgent: null }]);
    const entries = await accounts.entries?.list("session-client", userId, site.clock.now(), {
      limit: 10,
      after: null,
    });
    expect(entries).toHaveLength(1);
    const everything = JSON.stringify([dump(), entries, site.events, site.logs]);
    for (const secret of [address, "198.51", "203.0", "Chrome", "Firefox"])
      expect(everything).not.toContain(secret);
  });

  it("is not where a service asks about a token", async () => {
    const { site, asked } = watching(strategy, { transports: ["header"] });
    const signed = await visitor(site).post("/sign-up/password", ada);
    const token = signed.body.tokens?.accessToken;
    const reply = await visitor(site, { ip: "198.51.100.7", userAgent: service.id }).post(
      "/introspect",
      new URLSearchParams({ token: token ?? "" }).toString(),
      { authorization: serviceBasic, "content-type": "application/x-www-form-urlencoded" },
    );
    expect(reply.body).toMatchObject({ active: true });
    await site.clock.advance(5000);
    expect(asked).toEqual([]);
  });

  it("is told of by one node only where two meet it at the same moment", async () => {
    const accounts = dumpableMemory().accounts;
    const readers: (() => void)[] = [];
    const bothHaveRead = new Promise<void>((resolve) => {
      readers.push(resolve);
    });
    let reads = 0;
    const entries = new Proxy(accounts.entries as EntryStore, {
      get(target, name) {
        const verb = Reflect.get(target, name, target) as (...args: unknown[]) => unknown;
        return async (...args: unknown[]) => {
          const result = await Reflect.apply(verb, target, args);
          if (name !== "get") return result;
          reads += 1;
          if (reads === 2) readers[0]?.();
          await bothHaveRead;
          return result;
        };
      },
    });
    const asked: Anomaly[] = [];
    const anomaly = (change: Anomaly): undefined => void asked.push(change);
    const { here, there } = createFleet(strategy, {
      accounts: { ...accounts, entries },
      callbacks: { anomaly },
    });
    const browser = await signedUp(here);
    for (const site of [here, there]) await visitor(site, { userAgent: chrome }, browser).get("/session");
    await Promise.all([here.auth.close(), there.auth.close()]);
    expect(reads).toBeGreaterThanOrEqual(2);
    expect(asked).toHaveLength(1);
    expect([...anomalies(here), ...anomalies(there)]).toHaveLength(1);
  });

  it("asks for a proof on every node, within the bound of a revocation", async () => {
    const callbacks = { anomaly: (): AnomalyAnswer => "step_up" };
    const { here, there } = createFleet(strategy, { callbacks, session: { maxRevocationLag: "10s" } });
    const browser = await signedUp(here);
    const fresh = (): Promise<unknown> =>
      there.auth.requireSession(
        new Request(origin, { headers: { cookie: browser.cookie, "user-agent": firefox } }),
        { freshFor: "5m" },
      );
    await fresh();
    await use(here, visitor(here, { userAgent: chrome }, browser));
    await here.clock.advance(10_000);
    await expect(fresh()).rejects.toMatchObject({ code: "step_up_required" });
  });
});

describe("watching", () => {
  it("is off unless somebody wants to hear of it, and then keeps nothing", async () => {
    const { accounts } = dumpableMemory();
    const site = createSite("stateful", { accounts });
    const browser = await signedUp(site);
    await use(site, visitor(site, { userAgent: chrome }, browser));
    const { userId } = (await browser.get("/session")).body.session;
    expect(anomalies(site)).toEqual([]);
    const page = { limit: 10, after: null };
    expect(await accounts.entries?.list("session-client", userId, site.clock.now(), page)).toEqual([]);
  });

  it("tells by events alone where the app has no callback", async () => {
    const site = createSite("stateful", { anomalies: true });
    const browser = await signedUp(site);
    await use(site, visitor(site, { userAgent: chrome }, browser));
    expect(anomalies(site)).toHaveLength(1);
    expect(site.logs.filter(({ message }) => message === "sojourn: session_anomaly")).toMatchObject([
      { level: "warn" },
    ]);
  });

  it.each([
    ["throws", () => expect.fail("no answer")],
    ["answers nonsense", () => "kill"],
  ])("leaves the session alone where the callback %s, and still tells of it", async (_, answer) => {
    const { site } = watching("stateful", { answer });
    const browser = await signedUp(site);
    await use(site, visitor(site, { userAgent: chrome }, browser));
    expect(anomalies(site)).toMatchObject([{ answer: "ignore" }]);
    expect(site.logs.some(({ message }) => message === "sojourn: callbacks.anomaly failed")).toBe(true);
    expect(await use(site, browser)).toBe(200);
  });

  it("costs a request nothing at the store once its session was met from there", async () => {
    const memoryStore = dumpableMemory().accounts;
    let asked = 0;
    const entries = new Proxy(memoryStore.entries as object, {
      get: (target, verb) => {
        asked += 1;
        const act = Reflect.get(target, verb) as () => unknown;
        return act.bind(target);
      },
    }) as NonNullable<typeof memoryStore.entries>;
    const { site } = watching("stateful", { accounts: { ...memoryStore, entries } });
    const browser = await signedUp(site);
    await use(site, browser);
    const before = asked;
    for (let i = 0; i < 50; i += 1) await use(site, browser);
    expect(asked).toBe(before);
  });

  it("does what the app said once the store is back", async () => {
    const { site } = watching("stateful", {
      answer: () => {
        site.outage.sessions = true;
        return "end";
      },
    });
    const browser = await signedUp(site);
    await use(site, visitor(site, { userAgent: chrome }, browser));
    site.outage.sessions = false;
    expect((await visitor(site, { userAgent: chrome }, browser).get("/me")).status).toBe(200);
    await site.clock.advance(2000);
    expect(await use(site, browser)).toBe(401);
    expect(anomalies(site)).toHaveLength(1);
  });

  it("begins with the first use where nobody watched before", async () => {
    const before = createSite("stateful");
    const browser = await signedUp(before);
    const { site, asked } = watching("stateful", { accounts: before.accounts });
    await use(site, visitor(site, { userAgent: chrome }, browser));
    expect(asked).toEqual([]);
    await use(site, visitor(site, {}, browser));
    expect(asked).toHaveLength(1);
  });

  it("begins anew, and suspects nobody, once the secret is another", async () => {
    const { site: before } = watching("stateful");
    const browser = await signedUp(before);
    const secret = "Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwMkq0m7vT3";
    const { site, asked } = watching("stateful", { accounts: before.accounts, secret });
    expect(await use(site, visitor(site, {}, browser))).toBe(200);
    expect(asked).toEqual([]);
    await use(site, visitor(site, { userAgent: chrome }, browser));
    expect(asked).toHaveLength(1);
  });

  it("writes what waits when the app stops", async () => {
    const { site, asked } = watching("stateful");
    const browser = await signedUp(site);
    await visitor(site, { userAgent: chrome }, browser).get("/session");
    await site.auth.close();
    expect(asked).toHaveLength(1);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Place, placeTimeout } from "../domain/place.ts";
import { ada, createSite, strategies } from "./http-test-kit.fixture.ts";
import { dumpableMemory, dumpableSqlite } from "./store-dump.fixture.ts";
import { address, visitor } from "./visitor.fixture.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "sojourn-places-"));
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
const haarlem: Place = { country: "NL", region: "North Holland", city: "Haarlem" };

describe.each(cases)("the place of a sign-in, %s over %s", (strategy, name) => {
  it("is looked up once, by the whole address, and shown with the session", async () => {
    const { accounts, close } = stores[name]();
    const asked: string[] = [];
    const place = async (ip: string): Promise<Place> => {
      asked.push(ip);
      return haarlem;
    };
    const site = createSite(strategy, { accounts, place, privacy: { ip: "truncated" } });
    const browser = visitor(site);
    await browser.post("/sign-up/password", ada);
    await browser.get("/me");
    const { sessions } = (await browser.get("/sessions")).body;
    expect(sessions).toMatchObject([{ ip: "203.0.113.0", place: haarlem }]);
    expect(asked).toEqual([address]);

    const { sid = "", userId = "" } = sessions[0] ?? {};
    expect(await site.auth.sessions.get(sid)).toMatchObject({ place: haarlem });
    expect(await site.auth.sessions.list(userId)).toMatchObject([{ place: haarlem }]);
    close();
  });

  it("is gone when its session is ended, by whom ever", async () => {
    const { accounts, close } = stores[name]();
    const site = createSite(strategy, { accounts, place: () => haarlem });
    const browsers = [visitor(site), visitor(site), visitor(site)] as const;
    await browsers[0].post("/sign-up/password", ada);
    const { email, password } = ada;
    for (const browser of browsers.slice(1)) await browser.post("/sign-in/password", { email, password });
    const { userId } = (await browsers[0].get("/session")).body.session;
    const page = { limit: 10, after: null };
    const kept = async (): Promise<number | undefined> =>
      (await accounts.entries?.list("session-client", userId, site.clock.now(), page))?.length;
    expect(await kept()).toBe(3);
    await browsers[0].post("/sign-out");
    expect(await kept()).toBe(2);
    await site.auth.sessions.revokeAll(userId);
    expect(await kept()).toBe(0);
    close();
  });

  it("goes with its user", async () => {
    const { accounts, close } = stores[name]();
    const site = createSite(strategy, { accounts, place: () => haarlem });
    const browser = visitor(site);
    await browser.post("/sign-up/password", ada);
    const { userId } = (await browser.get("/session")).body.session;
    const kept = (): unknown =>
      accounts.entries?.list("session-client", userId, site.clock.now(), { limit: 10, after: null });
    expect(await kept()).toHaveLength(1);
    await site.auth.users.remove(userId);
    expect(await kept()).toEqual([]);
    close();
  });
});

describe("a look-up", () => {
  const placeOf = async (place: (ip: string) => unknown): Promise<unknown> => {
    const site = createSite("stateful", { place: place as () => Place });
    const browser = visitor(site);
    expect((await browser.post("/sign-up/password", ada)).status).toBe(200);
    return (await browser.get("/sessions")).body.sessions[0]?.place;
  };

  it.each<[string, unknown, unknown]>([
    ["a country in small letters", { country: "nl" }, { country: "NL" }],
    ["a country that is none", { country: "Netherlands", city: "Haarlem" }, { city: "Haarlem" }],
    ["another type", { country: 31, region: ["x"], city: { toString: () => "x" } }, null],
    ["too long a name", { city: "é".repeat(5000) }, { city: "é".repeat(100) }],
    ["what steers a terminal", { city: "\u001B[31mHaar\u0000lem\u202E\uD800" }, { city: "[31mHaarlem" }],
    ["nothing but blanks", { city: "  " }, null],
    ["more than was asked for", { ...haarlem, latitude: 52.38 }, haarlem],
    ["a text", "NL", null],
    ["nothing", undefined, null],
  ])("that answers %s is believed as far as it goes", async (_, answer, expected) => {
    expect(await placeOf(() => answer)).toEqual(expected);
  });

  it("that fails fails no sign-in, and logs no address", async () => {
    for (const place of [
      (ip: string) => {
        throw new RangeError(`nothing for ${ip}`);
      },
      (ip: string) => Promise.reject(new RangeError(`nothing for ${ip}`)),
      () => ({
        get country(): string {
          throw new RangeError("a trap");
        },
      }),
    ]) {
      const site = createSite("stateful", { place, privacy: { ip: "none" } });
      const browser = visitor(site);
      expect((await browser.post("/sign-up/password", ada)).status).toBe(200);
      expect(site.logs.filter(({ level }) => level === "warn")).toMatchObject([
        { fields: { reason: "RangeError" } },
      ]);
      expect(JSON.stringify(site.logs)).not.toContain(address);
    }
  });

  it("that never answers keeps a sign-in waiting no longer than its time", async () => {
    const site = createSite("stateful", { place: () => new Promise<Place>(() => undefined) });
    const browser = visitor(site);
    let done = false;
    const signUp = browser.post("/sign-up/password", ada).then((reply) => {
      done = true;
      return reply;
    });
    while (site.clock.pendingTimers === 0) await new Promise(setImmediate);
    await site.clock.advance(placeTimeout - 1);
    expect(done).toBe(false);
    await site.clock.advance(1);
    expect((await signUp).status).toBe(200);
    expect(site.logs).toContainEqual({
      level: "warn",
      fields: { reason: "no answer within 100 ms" },
      message: "sojourn: where a session began could not be looked up",
    });
  });

  it("is not made without an address", async () => {
    let asked = 0;
    const site = createSite("stateful", {
      place: () => {
        asked += 1;
        return haarlem;
      },
    });
    await site.signedUp();
    expect(asked).toBe(0);
  });
});

describe("a place that cannot be kept", () => {
  it("fails no sign-in", async () => {
    const { accounts } = dumpableMemory();
    const entries = {
      ...accounts.entries,
      add: () => Promise.reject(new Error("full")),
    } as unknown as NonNullable<typeof accounts.entries>;
    const site = createSite("stateful", { accounts: { ...accounts, entries }, place: () => haarlem });
    expect((await visitor(site).post("/sign-up/password", ada)).status).toBe(200);
  });
});

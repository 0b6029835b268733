import { describe, expect, it } from "vitest";
import type { JwtAlgorithm, StrategyName } from "../auth-options.ts";
import { generateSecret } from "../crypto/secrets.ts";
import { sidTag } from "../crypto/sid.ts";
import { durationToMs } from "../domain/duration.ts";
import type { JsonValue } from "../domain/session.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import { memory } from "../stores/memory/index.ts";
import type { Browser } from "./browser.fixture.ts";
import { at, createFleet, type Fleet, withHook } from "./fleet.fixture.ts";
import {
  ada,
  cookieName,
  createSite,
  type Site,
  type SiteOptions,
  testSecret,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const lag = 2000;
const day = 86_400_000;
const keys = { rotateEvery: "90d", announceFor: "1d" } as const;
const tokenStrategies: readonly StrategyName[] = ["stateless", "hybrid"];
const kinds: readonly (readonly [StrategyName, JwtAlgorithm])[] = tokenStrategies.flatMap((strategy) =>
  (["HS256", "EdDSA", "ES256"] as const).map((alg) => [strategy, alg] as const),
);

/** Time goes on, and what falls due meanwhile is done by its end. */
async function pass({ clock }: Site, ms: number): Promise<void> {
  clock.jumpTo(clock.now() + ms);
  await clock.advance(2000);
}

/** A site, or several, whose first stored key signs. */
async function settle(...sites: readonly Site[]): Promise<void> {
  const [first] = sites as [Site];
  for (const { auth } of sites) await auth.ready();
  await pass(first, 1000);
  await pass(first, day);
  for (const { auth } of sites) await auth.ready();
}

async function activeId({ auth }: Site): Promise<string> {
  return (await auth.keys.list()).find(({ state }) => state === "active")?.id ?? "";
}

/** A part of a store one of whose verbs is another. */
function withVerb<Part extends object, Name extends keyof Part>(
  part: Part,
  name: Name,
  verb: Part[Name],
): Part {
  return new Proxy(part, {
    get: (target, asked) => {
      const own: unknown = Reflect.get(target, asked, target);
      if (asked === name) return verb;
      return typeof own === "function" ? (own.bind(target) as unknown) : own;
    },
  });
}

async function signIn(site: Site): Promise<Browser> {
  const browser = site.browser();
  expect((await browser.post("/sign-in/password", { email, password, remember: true })).status).toBe(200);
  return browser;
}

const statusAt = async (site: Site, browser: Browser): Promise<number> =>
  (await at(site, browser).get("/me")).status;

describe.each(kinds)("two nodes with %s sessions and %s", (strategy, alg) => {
  const begin = async (options: SiteOptions = {}): Promise<Fleet> => {
    const fleet = createFleet(strategy, { keys, jwt: { alg }, ...options });
    await settle(fleet.here, fleet.there);
    await fleet.here.signedUp();
    return fleet;
  };

  it("accept each other's tokens through three rotations, and all that were made before", async () => {
    const { here, there } = await begin();
    const browsers = [await signIn(here), await signIn(there)];
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await pass(here, day);
      const { id } = await here.auth.keys.rotate();
      expect(await activeId(here)).toBe(id);
      // One node knows and the other does not yet: both sign, and both accept.
      browsers.push(await signIn(here), await signIn(there));
      for (const browser of browsers)
        expect([await statusAt(here, browser), await statusAt(there, browser)]).toEqual([200, 200]);
      await pass(here, lag);
      expect(await activeId(there)).toBe(id);
    }
    for (const browser of browsers) {
      expect(await statusAt(there, browser)).toBe(200);
      expect((await at(there, browser).post("/refresh")).status).toBe(200);
    }
  });

  it("rotate by schedule, each by its own clock, and go on accepting what the key before signed", async () => {
    const { here, there } = await begin();
    const next = (await here.auth.keys.list()).at(-1);
    await pass(here, Date.parse(next?.activatesAt ?? "") - here.clock.now() - 60_000);
    const early = [await signIn(here), await signIn(there)];
    expect(await activeId(here)).not.toBe(next?.id);
    await pass(here, 60_000);
    expect([await activeId(here), await activeId(there)]).toEqual([next?.id, next?.id]);
    for (const browser of [...early, await signIn(here), await signIn(there)])
      expect([await statusAt(here, browser), await statusAt(there, browser)]).toEqual([200, 200]);
  });

  it("refuse a revoked key, the one at once and the other within maxRevocationLag, and clear its cookies", async () => {
    const { here, there } = await begin();
    const browser = await signIn(here);
    // Remembered by both nodes, so that the signature is not looked at again.
    expect([await statusAt(here, browser), await statusAt(there, browser)]).toEqual([200, 200]);
    const { sid } = (await browser.get("/session")).body.session;

    const key = await here.auth.keys.revoke(await activeId(here), "laptop stolen");
    expect(key).toMatchObject({ state: "revoked", reason: "laptop stolen" });
    expect(await statusAt(here, browser)).toBe(401);
    await here.clock.advance(lag);
    expect(await statusAt(there, browser)).toBe(401);

    const cleared = at(there, browser);
    await cleared.get("/session");
    expect(cleared.jar.size).toBe(0);
    const refreshed = at(there, browser);
    expect((await refreshed.post("/refresh")).status).toBe(401);
    expect(refreshed.jar.size).toBe(0);
    // The session itself is not ended: nobody took it from its holder, who signs in once more.
    expect((await here.auth.sessions.get(sid))?.endReason).toBeNull();
    expect(await statusAt(there, await signIn(here))).toBe(200);
    expect(here.events).toContainEqual(
      expect.objectContaining({ type: "credential_invalid", code: "key_revoked" }),
    );
  });

  it("hold to the bound also where no news arrives", async () => {
    const { here, there, cut } = await begin();
    const browser = await signIn(here);
    cut.news = true;
    expect(await statusAt(there, browser)).toBe(200);
    await here.auth.keys.revoke(await activeId(here));
    here.clock.jumpTo(here.clock.now() + lag + 1);
    expect(await statusAt(there, browser)).toBe(401);
  });

  it("know a successor before it signs, though the key before it went at once", async () => {
    const { here, there, cut } = await begin();
    cut.news = true;
    await at(there, await signIn(here)).get("/me");
    await here.auth.keys.revoke(await activeId(here));
    expect(await statusAt(there, await signIn(here))).toBe(200);
  });

  it("look for a key of which no word has come, before they refuse it", async () => {
    const accounts = memory();
    // Every notice of changed keys is lost.
    const sessions = withVerb(accounts.sessions, "announce", () => undefined);
    const { here, there } = await begin({ accounts: { ...accounts, sessions } });
    await here.clock.advance(3 * lag);
    // Two in a row: the second successor was announced a moment ago, and signs at once.
    await here.auth.keys.revoke(await activeId(here));
    await here.auth.keys.revoke(await activeId(here));
    const browser = await signIn(here);
    expect(await statusAt(there, browser)).toBe(200);
    expect((await at(there, browser).post("/refresh")).status).toBe(200);
  });

  it("look once in maxRevocationLag however many tokens name a key that nobody has (10,000)", async () => {
    const accounts = memory();
    let reads = 0;
    const entries = withHook(accounts.entries as EntryStore, "get", () => void (reads += 1));
    const { here } = await begin({ accounts: { ...accounts, entries }, transports: ["cookie"] });
    const browser = await signIn(here);
    const [header = "", ...rest] = browser.value(cookieName).split(".");
    const { kid, ...others } = JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string };
    await here.clock.advance(3 * lag);
    reads = 0;
    const states = Array.from({ length: 10_000 }, async (_, i) => {
      const id = kid.replace(/^.{8}/, i.toString(36).padStart(8, "0"));
      const forged = Buffer.from(JSON.stringify({ ...others, kid: id })).toString("base64url");
      return here.auth.verify({ cookie: `${cookieName}=${[forged, ...rest].join(".")}` });
    });
    expect(new Set((await Promise.all(states)).map(({ status }) => status))).toEqual(new Set(["anonymous"]));
    expect(reads).toBe(1);
    expect(await statusAt(here, browser)).toBe(200);
  });

  it("go on for as long as the lag while the store is away, then answer 503, and lose nothing", async () => {
    const { here } = await begin();
    const browser = await signIn(here);
    expect(await statusAt(here, browser)).toBe(200);
    here.outage.sessions = true;
    expect(await statusAt(here, browser)).toBe(200);
    await here.clock.advance(2 * lag);
    const held = browser.jar.size;
    const reply = await browser.get("/me");
    expect([reply.status, reply.headers.get("retry-after"), browser.jar.size]).toEqual([503, "1", held]);
    const headers = new Headers({ cookie: browser.cookie });
    expect(await here.auth.authenticate(headers)).toEqual({ status: "unavailable", retryAfter: 1 });
    expect(await here.auth.verify({ cookie: browser.cookie })).toEqual({
      status: "unavailable",
      retryAfter: 1,
    });
    expect(await here.auth.refresh(headers)).toEqual({ status: "unavailable", retryAfter: 1 });
    await expect(here.auth.getSession(headers)).rejects.toMatchObject({ code: "store_unavailable" });
    here.outage.sessions = false;
    expect(await statusAt(here, browser)).toBe(200);
  });

  it("accept what was signed before the keys were in the store", async () => {
    const accounts = memory();
    const before = createSite(strategy, { accounts, jwt: { alg } });
    const browser = await before.signedUp();
    const after = createSite(strategy, { accounts, jwt: { alg }, keys, clock: before.clock });
    expect(await statusAt(after, browser)).toBe(200);
    await pass(before, 1000);
    await pass(before, day);
    expect((await after.auth.keys.list()).map(({ origin, state }) => `${origin} ${state}`)).toEqual([
      "secret retired",
      "stored active",
      "stored announced",
    ]);
    expect(await statusAt(after, browser)).toBe(200);
    expect((await at(after, browser).post("/refresh")).status).toBe(200);
  });
});

describe.each(tokenStrategies)("keys in the store, with %s sessions,", (strategy) => {
  it("are read before the first use, and then a check waits for nothing", async () => {
    const accounts = memory();
    const browser = await createSite(strategy, { accounts, keys }).signedUp();
    const site = createSite(strategy, { accounts, keys });
    const first = site.auth.verify({ cookie: browser.cookie });
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toMatchObject({ status: "active" });
    expect(site.auth.verify({ cookie: browser.cookie })).toMatchObject({ status: "active" });
  });

  it("that cannot be read are an answer that pages of listed origins may read as well", async () => {
    const page = "https://www.example.com";
    const site = createSite(strategy, { keys, trustedOrigins: [page] });
    site.outage.sessions = true;
    const { status, headers } = await site.browser().get("/session", { origin: page });
    expect([status, headers.get("access-control-allow-origin")]).toEqual([503, page]);
  });

  it("with a secret that does not fit are refused loudly, at the start and with each request", async () => {
    const accounts = memory();
    await settle(createSite(strategy, { accounts, keys }));
    const wrong = createSite(strategy, { accounts, keys, secret: generateSecret() });
    await expect(wrong.auth.ready()).rejects.toMatchObject({ code: "config_secret_mismatch" });
    await expect(wrong.auth.authenticate(new Headers())).rejects.toMatchObject({
      code: "config_secret_mismatch",
    });
    const reply = await wrong.browser().get("/session");
    expect([reply.status, reply.code]).toEqual([500, "internal"]);
    expect(JSON.stringify(wrong.logs)).toContain("wrapped with another secret");
  });

  it("that lose one key fail its tokens only, leave their cookies, and say which", async () => {
    const accounts = memory();
    const site = createSite(strategy, { accounts, keys });
    await settle(site);
    await site.signedUp();
    const lost = await signIn(site);
    const lostId = await activeId(site);
    await pass(site, day);
    await site.auth.keys.rotate();
    const kept = await signIn(site);
    await site.auth.close();

    const entry = accounts.entries?.get("key", "ring", site.clock.now());
    const { version = 0, value } = (entry ?? {}) as { version?: number; value?: unknown };
    const file = value as { v: number; keys: { id: string }[] };
    const rest = { ...file, keys: file.keys.filter(({ id }) => id !== lostId) } as unknown as JsonValue;
    await accounts.entries?.replace(
      "key",
      "ring",
      version,
      { value: rest, expiresAt: null },
      site.clock.now(),
    );

    const restarted = createSite(strategy, { accounts, keys, clock: site.clock });
    expect(await statusAt(restarted, kept)).toBe(200);
    const browser = at(restarted, lost);
    const held = browser.jar.size;
    expect((await browser.get("/me")).code).toBe("unauthenticated");
    expect(browser.jar.size).toBe(held);
    expect(restarted.events.at(-1)).toMatchObject({ type: "credential_invalid", code: "key_unknown" });
  });

  it("are the same after a restart, and after one with an older set of secrets", async () => {
    const accounts = memory();
    const fresh = generateSecret();
    const site = createSite(strategy, { accounts, keys, secret: [fresh, testSecret] });
    await settle(site);
    await site.signedUp();
    const browser = await signIn(site);
    const old = createSite(strategy, { accounts, keys, secret: testSecret, clock: site.clock });
    expect(await statusAt(old, browser)).toBe(200);
    const without = createSite(strategy, { accounts, keys, secret: fresh, clock: site.clock });
    expect(await statusAt(without, browser)).toBe(200);
  });

  it("leave the tags of session ids alone", async () => {
    const site = createSite(strategy, { keys });
    const tagOf = async (browser: Browser): Promise<string> =>
      sidTag((await browser.get("/session")).body.session.sid);
    const tag = await tagOf(await site.signedUp());
    await settle(site);
    expect(await tagOf(await signIn(site))).toBe(tag);
    await site.auth.keys.revoke(await activeId(site));
    expect(await tagOf(await signIn(site))).toBe(tag);
  });

  it("change nothing on GET, not even where the ring begins", async () => {
    const accounts = memory();
    const site = createSite(strategy, { accounts, keys });
    await site.browser().get("/session");
    await site.browser().get("/.well-known/jwks.json");
    expect(await accounts.entries?.list("key", null, site.clock.now(), { limit: 10, after: null })).toEqual(
      [],
    );
  });

  it("tell what becomes of them in each process, without a key in it", async () => {
    const { here, there } = createFleet(strategy, { keys });
    await settle(here, there);
    await pass(here, day);
    here.eventTypes();
    there.eventTypes();
    const before = await activeId(here);
    const { id: next } = await here.auth.keys.rotate();
    await here.clock.advance(lag);
    await here.auth.keys.revoke(before, "leaked");
    await here.clock.advance(lag);
    const told = ["key_retired", "key_activated", "key_announced", "key_revoked"];
    expect(here.eventTypes().toSorted()).toEqual(told.toSorted());
    expect(there.eventTypes().toSorted()).toEqual(told.toSorted());
    const common = { ip: null, userAgent: null, at: expect.any(String) as string };
    expect(here.events).toContainEqual({ ...common, type: "key_revoked", keyId: before, reason: "leaked" });
    expect(here.events).toContainEqual({ ...common, type: "key_activated", keyId: next });
    const lines = here.logs.map(({ level, message }) => `${level} ${message}`);
    expect(lines).toContain("warn sojourn: key_revoked");
  });
});

describe("encrypted cookies", () => {
  const options = { keys, cookie: { encrypt: true } } as const;

  it.each(["stateful", ...tokenStrategies] as const)(
    "of %s sessions open through rotations, and are cleared when their key is revoked",
    async (strategy) => {
      const { here, there } = createFleet(strategy, options);
      await settle(here, there);
      await here.signedUp();
      const browser = await signIn(here);
      const sealedWith = await activeId(here);
      expect(browser.value(cookieName)).toMatch(new RegExp(`^v1\\.${sealedWith}\\.`));
      for (let rotation = 0; rotation < 3; rotation += 1) {
        await pass(here, day);
        await here.auth.keys.rotate();
        if (strategy === "hybrid") await browser.post("/refresh");
        expect([await statusAt(here, browser), await statusAt(there, browser)]).toEqual([200, 200]);
      }
      for (const { id } of await here.auth.keys.list()) await here.auth.keys.revoke(id);
      await here.clock.advance(lag);
      const cleared = at(there, browser);
      expect((await cleared.get("/session")).body).toBeNull();
      expect(cleared.jar.size).toBe(0);
    },
  );

  it("of a key that this node does not know count for nothing, and stay", async () => {
    const site = createSite("stateful", options);
    await settle(site);
    await site.signedUp();
    const browser = await signIn(site);
    const sealed = browser.value(cookieName).replace(/^v1\.[^.]+/, "v1.unknown0");
    const stranger = site.browser();
    stranger.jar.set(cookieName, { value: sealed, attributes: [] });
    expect((await stranger.get("/session")).body).toBeNull();
    expect(stranger.jar.size).toBe(1);
    expect(site.events.at(-1)).toMatchObject({ type: "credential_invalid", code: "key_unknown" });
  });
});

describe("the verbs for keys", () => {
  it("tell what each key is and will be", async () => {
    const site = createSite("hybrid", { keys });
    await settle(site);
    const iso = expect.stringMatching(/^20\d\d-.*Z$/) as string;
    const [old, active, next] = await site.auth.keys.list();
    expect(old).toEqual({
      id: expect.stringMatching(/^[\w-]{8}$/) as string,
      origin: "secret",
      state: "retired",
      announcedAt: null,
      activatesAt: null,
      retiresAt: iso,
      verifiesUntil: iso,
      revokedAt: null,
      reason: null,
    });
    expect(active).toMatchObject({ state: "active", activatesAt: iso, retiresAt: next?.activatesAt });
    expect(next).toMatchObject({
      state: "announced",
      announcedAt: iso,
      retiresAt: null,
      verifiesUntil: null,
    });
    const planned = Date.parse(next?.activatesAt ?? "") - Date.parse(active?.activatesAt ?? "");
    expect(planned).toBe(durationToMs(keys.rotateEvery, ""));
  });

  it("list the keys of the secrets where those are all there are, and leave them alone", async () => {
    const site = createSite("hybrid", { secret: [generateSecret(), testSecret] });
    expect((await site.auth.keys.list()).map(({ origin, state }) => `${origin} ${state}`)).toEqual([
      "secret active",
      "secret retired",
    ]);
    await site.auth.ready();
    await expect(site.auth.keys.rotate()).rejects.toMatchObject({ code: "config_invalid" });
    await expect(site.auth.keys.revoke("x")).rejects.toThrow(/give createAuth the option keys/);
  });

  it("say so where there is no such key, and refuse a reason that is a novel", async () => {
    const site = createSite("hybrid", { keys });
    expect(await site.auth.keys.revoke("nobody")).toBeNull();
    await expect(site.auth.keys.revoke("nobody", "x".repeat(101))).rejects.toMatchObject({
      code: "invalid_input",
    });
  });

  it("tell when a key takes over that is not known for long enough yet", async () => {
    const site = createSite("hybrid", { keys });
    await settle(site);
    const { state, activatesAt } = await site.auth.keys.rotate();
    expect(state).toBe("announced");
    expect(Date.parse(activatesAt ?? "") - site.clock.now()).toBeGreaterThan(0);
    expect(await site.auth.keys.rotate()).toMatchObject({ activatesAt });
  });

  it("need a store that keeps small records", () => {
    const { sessions, users, migrate, close } = memory();
    const store = { sessions, users, migrate, close };
    expect(() => createSite("hybrid", { keys, store })).toThrow(
      expect.objectContaining({ code: "config_store_required" }),
    );
  });

  it("stop their timers with the rest", async () => {
    const site = createSite("hybrid", { keys });
    await settle(site);
    await site.signedUp();
    await site.auth.close();
    expect(site.clock.pendingTimers).toBe(0);
  });
});

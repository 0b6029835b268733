import { describe, expect, it } from "vitest";
import { createSite, service, type Site, testSecret } from "../http/http-test-kit.fixture.ts";
import type { Verifier } from "./index.ts";
import {
  accessOf,
  edgeOf,
  endMany,
  firstStoredKey,
  type Shared,
  signedInAtEdge,
} from "./verifier-kit.fixture.ts";

const hybrid: Shared = { strategy: "hybrid" };
const lag = 2000;
const needsNews = { status: "needs_origin", why: "news" };
const signedOut = { status: "ended", reason: "signed_out" };

async function statusOf(verifier: Verifier, headers: { cookie: string }): Promise<string> {
  return (await verifier.verify(headers)).status;
}

describe("news of ended sessions", () => {
  it("T-23: is never older than the lag where a token is trusted", async () => {
    const { verifier, site, browser, access } = await signedInAtEdge(hybrid);
    expect(await statusOf(verifier, access)).toBe("active");
    await browser.post("/sign-out");
    await site.clock.advance(lag);
    expect(await statusOf(verifier, access)).toBe("active");
    await site.clock.advance(1);
    expect(await verifier.verify(access)).toEqual(signedOut);
  });

  it("is asked for by the first who needs it, and by nobody again while it is fresh", async () => {
    const { verifier, site, access, asked } = await signedInAtEdge(hybrid);
    const all = await Promise.all(Array.from({ length: 20 }, async () => verifier.verify(access)));
    expect(all.filter(({ status }) => status === "active")).toHaveLength(20);
    expect(asked).toEqual(["/revocations"]);
    await site.clock.advance(lag);
    await verifier.verify(access);
    expect(asked).toHaveLength(1);
    await site.clock.advance(1);
    await Promise.all(Array.from({ length: 20 }, async () => verifier.verify(access)));
    expect(asked).toHaveLength(2);
  });

  it("is not asked for by tokens that are no good", async () => {
    const { verifier, access, asked } = await signedInAtEdge(hybrid);
    for (let n = 0; n < 50; n += 1) await verifier.verify({ cookie: `${access.cookie}${n}` });
    expect(asked).toEqual([]);
  });

  it("goes on from where it was, with a cursor", async () => {
    const { verifier, site, browser, access, asked } = await signedInAtEdge(hybrid);
    const other = await site.signedUp({ email: "grace@example.com" });
    const others = accessOf(other);
    await browser.post("/sign-out");
    expect(await verifier.verify(access)).toEqual(signedOut);
    expect(await statusOf(verifier, others)).toBe("active");
    await other.post("/sign-out");
    await site.clock.advance(lag + 1);
    expect(await verifier.verify(others)).toEqual(signedOut);
    expect(asked).toEqual(["/revocations", "/revocations?cursor=1"]);
    expect(await verifier.verify(access)).toEqual(signedOut);
  });

  it("comes page by page until nothing is waiting", async () => {
    const { verifier, site, browser, access, asked } = await signedInAtEdge(hybrid);
    await endMany(site, 1);
    expect(await statusOf(verifier, access)).toBe("active");
    await endMany(site, 2500);
    await browser.post("/sign-out");
    await site.clock.advance(lag + 1);
    expect(await verifier.verify(access)).toEqual(signedOut);
    expect(asked).toHaveLength(4);
  });

  it("begins anew after a long absence, rather than with all that happened in it", async () => {
    const { verifier, site, browser, access, asked } = await signedInAtEdge(hybrid);
    await endMany(site, 1);
    expect(await statusOf(verifier, access)).toBe("active");
    await endMany(site, 3000);
    await site.clock.advance(20 * 60_000);
    await browser.post("/refresh");
    const later = accessOf(browser);
    expect(await statusOf(verifier, later)).toBe("active");
    await browser.post("/sign-out");
    await site.clock.advance(lag + 1);
    expect(await verifier.verify(later)).toEqual(signedOut);
    expect(asked).toEqual(["/revocations", "/revocations", "/revocations?cursor=3001"]);
  });

  it("is given to who begins without what is of no use any more", async () => {
    const site = createSite("hybrid");
    await endMany(site, 3000);
    await site.clock.advance(15 * 60_000);
    const browser = await site.signedUp();
    // So that the site itself has read all of it.
    await browser.get("/session");
    const { verifier, asked } = edgeOf(site, hybrid);
    expect(await statusOf(verifier, accessOf(browser))).toBe("active");
    expect(asked).toEqual(["/revocations"]);
  });

  it("may be asked for behind an answer, before it is too old", async () => {
    const { verifier, site, access, asked } = await signedInAtEdge(hybrid);
    const work: Promise<unknown>[] = [];
    const waitUntil = (one: Promise<unknown>): void => void work.push(one);
    await verifier.verify(access, { waitUntil });
    await verifier.verify(access, { waitUntil });
    expect(work).toEqual([]);
    await site.clock.advance(lag / 2 + 1);
    const state = verifier.verify(access, { waitUntil });
    expect(state).not.toBeInstanceOf(Promise);
    await Promise.all(work);
    expect([work.length, asked.length]).toEqual([1, 2]);
    await site.clock.advance(lag);
    expect(verifier.verify(access)).not.toBeInstanceOf(Promise);
    expect(asked).toHaveLength(2);
  });

  it("may be followed by a timer, until that is stopped", async () => {
    const { verifier, site, browser, access, asked } = await signedInAtEdge(hybrid);
    await verifier.verify(access);
    const timers = site.clock.pendingTimers;
    const stop = verifier.follow();
    await site.clock.advance(10_000);
    expect(asked.length).toBeGreaterThanOrEqual(10);
    await browser.post("/sign-out");
    await site.clock.advance(lag);
    expect(verifier.verify(access)).toEqual(signedOut);
    stop();
    const before = asked.length;
    await site.clock.advance(60_000);
    expect([asked.length, site.clock.pendingTimers]).toEqual([before, timers]);
  });

  it("is a matter of the allowed lag", async () => {
    const revocations = { service, maxRevocationLag: "30s" } as const;
    const { verifier, site, browser, access, asked } = await signedInAtEdge(hybrid, { revocations });
    await verifier.verify(access);
    await browser.post("/sign-out");
    await site.clock.advance(30_000);
    expect([await statusOf(verifier, access), asked.length]).toEqual(["active", 1]);
    await site.clock.advance(1);
    expect(await verifier.verify(access)).toEqual(signedOut);
  });
});

describe("memory", () => {
  it("has an end: with more ended sessions than are remembered nothing is trusted", async () => {
    const revocations = { service, most: 100 };
    const { verifier, site, access, asked, failures } = await signedInAtEdge(hybrid, { revocations });
    expect(await statusOf(verifier, access)).toBe("active");
    await endMany(site, 150);
    await site.clock.advance(lag + 1);
    expect(await verifier.verify(access)).toEqual(needsNews);
    expect(String(failures[0])).toBe("Error: More than 100 ended sessions would have to be remembered.");
    // Nor over and over.
    for (let n = 0; n < 100; n += 1) await verifier.verify(access);
    expect(asked).toHaveLength(2);
    await site.clock.advance(15 * 60_000);
    const later = await site.signedUp({ email: "grace@example.com" });
    await later.get("/session");
    expect(await statusOf(verifier, accessOf(later))).toBe("active");
  });

  it("forgets what no token is left of", async () => {
    const revocations = { service, most: 100 };
    const { verifier, site, browser } = await signedInAtEdge(hybrid, { revocations });
    for (let hour = 0; hour < 5; hour += 1) {
      await endMany(site, 60);
      await browser.post("/refresh");
      expect(await statusOf(verifier, accessOf(browser))).toBe("active");
      await site.clock.advance(60 * 60_000);
    }
  });
});

describe("a key that was revoked", () => {
  it.each(["HS256", "EdDSA"] as const)("is trusted no more, not even by who begins: %s", async (alg) => {
    const shared: Shared = { strategy: "hybrid", jwt: { alg } };
    const { verifier, site, browser, access } = await signedInAtEdge(shared, {}, { keys: {} });
    expect(await statusOf(verifier, access)).toBe("active");
    await firstStoredKey(site);
    await browser.post("/refresh");
    // The key of the secret has not signed for a while, and verifies still.
    const old = (await site.auth.keys.list()).find(({ origin: from }) => from === "secret");
    const again = await signInWithFirstKey(site, alg);
    expect(await statusOf(verifier, again)).toBe("active");
    await site.auth.keys.revoke(old?.id ?? "", "leaked");
    await site.clock.advance(lag + 1);
    const needsKey = { status: "needs_origin", why: "key" };
    expect(await verifier.verify(again)).toEqual(needsKey);
    expect(await edgeOf(site, shared).verifier.verify(again)).toEqual(needsKey);
    expect((await site.auth.verify(again)).status).toBe("anonymous");
  });
});

/** A session of now whose token a key of the secret has made, as a node would that has not heard of the next one. */
async function signInWithFirstKey(site: Site, alg: "HS256" | "EdDSA"): Promise<{ cookie: string }> {
  const behind = createSite("hybrid", {
    accounts: site.accounts,
    startAt: site.clock.now(),
    clock: site.clock,
    jwt: { alg },
    secret: testSecret,
  });
  const email = `late-${site.clock.now()}@example.com`;
  return accessOf(await behind.signedUp({ email }));
}

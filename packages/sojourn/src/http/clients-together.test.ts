import { describe, expect, it } from "vitest";
import type { StrategyName } from "../auth-options.ts";
import { clientSpace } from "../ports/entry-spaces.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { Place } from "../domain/place.ts";
import { SojournError } from "../domain/errors.ts";
import { memory } from "../stores/memory/index.ts";
import type { Browser } from "./browser.fixture.ts";
import { createSupport } from "./impersonation.fixture.ts";
import { ada, createSite, origin, type Site, type SiteOptions, strategies } from "./http-test-kit.fixture.ts";
import { chrome, visitor } from "./visitor.fixture.ts";

/** What is written behind has been written. */
const settle = (site: Site): Promise<void> => site.clock.advance(1100);

/** Ada, signed up at a site that watches. */
async function watched(
  strategy: StrategyName,
  options: SiteOptions = {},
): Promise<{ site: Site; browser: Browser; userId: string; kept: () => Promise<readonly string[]> }> {
  const site = createSite(strategy, { anomalies: true, ...options });
  const browser = visitor(site);
  await browser.post("/sign-up/password", ada);
  const { userId } = (await browser.get("/session")).body.session;
  await settle(site);
  const kept = async (): Promise<readonly string[]> => {
    const page = { limit: 100, after: null };
    const entries = (await site.accounts.entries?.list(clientSpace, userId, site.clock.now(), page)) ?? [];
    return entries.map(({ key }) => key);
  };
  expect(await kept()).toHaveLength(1);
  return { site, browser, userId, kept };
}

describe.each(strategies)("what is kept of where a session is used from, %s", (strategy) => {
  it("does not come back with a use that waits while the session ends", async () => {
    const { site, browser, kept } = await watched(strategy);
    await visitor(site, { userAgent: chrome }, browser).get("/me");
    await browser.post("/sign-out");
    expect(await kept()).toEqual([]);
    await settle(site);
    expect(await kept()).toEqual([]);
  });

  it("does not come back with a use that waits while the user is removed", async () => {
    const { site, browser, userId, kept } = await watched(strategy);
    await visitor(site, { userAgent: chrome }, browser).get("/me");
    await site.auth.users.remove(userId);
    await settle(site);
    expect(await kept()).toEqual([]);
  });

  it("goes with a session that had to make room for another", async () => {
    const { site, kept } = await watched(strategy, { session: { limit: { max: 1 } } });
    const other = visitor(site);
    const { body } = await other.post("/sign-in/password", { email: ada.email, password: ada.password });
    await settle(site);
    expect(await kept()).toEqual([body.session.sid]);
  });
});

it("goes with a session that ends because its refresh token was stolen", async () => {
  const { site, browser, kept } = await watched("hybrid");
  const thief = visitor(site, {}, browser);
  await browser.post("/refresh");
  await browser.get("/me");
  await site.clock.advance(60_000);
  await browser.post("/refresh");
  expect((await thief.post("/refresh")).body.reason).toBe("reuse_detected");
  expect(await kept()).toEqual([]);
});

describe.each(strategies)("an admin who acts as a user, %s", (strategy) => {
  it("is told of when they come back from elsewhere: a thief of both sessions is not taken for them", async () => {
    const asked: object[] = [];
    const { here, admin, adminId, act } = await createSupport(strategy, {
      callbacks: { anomaly: (change) => (asked.push(change), "step_up") },
    });
    await settle(here);
    await act();
    await admin.get("/me");
    await settle(here);
    expect(asked).toEqual([]);

    const thief = visitor(here, { userAgent: chrome }, admin);
    const back = await thief.post("/impersonate/stop");
    expect(back.body.user?.id, back.text).toBe(adminId);
    await thief.get("/me");
    await settle(here);
    const { sid } = back.body.session;
    expect(asked).toMatchObject([{ sid, userId: adminId, changed: ["user_agent"] }]);
    const fresh = new Request(origin, { headers: { cookie: thief.cookie } });
    await expect(here.auth.requireSession(fresh, { freshFor: "1h" })).rejects.toMatchObject({
      code: "step_up_required",
    });
  });

  it("comes and goes where they always are without being told of", async () => {
    const { here, admin, act } = await createSupport(strategy, { anomalies: true });
    await settle(here);
    for (let round = 0; round < 3; round += 1) {
      await act();
      await admin.get("/me");
      await settle(here);
      await admin.post("/impersonate/stop");
      await admin.get("/me");
      await settle(here);
    }
    expect(here.eventTypes()).not.toContain("session_anomaly");
  });

  it("has no session left to touch once their own is over", async () => {
    const { here, act } = await createSupport(strategy);
    const { sid, parentSid } = await act();
    expect(await here.auth.sessions.touch(sid)).toBe(true);
    await here.auth.sessions.revoke(parentSid);
    expect(await here.auth.sessions.touch(sid)).toBe(false);
  });
});

describe.each(strategies)("a session that is only renewed from elsewhere, %s", (strategy) => {
  it("is told of, and ended where the app says so", async () => {
    const asked: object[] = [];
    const { site, browser } = await watched(strategy, {
      callbacks: { anomaly: (change) => (asked.push(change), "end") },
    });
    expect((await browser.post("/refresh")).status).toBe(200);
    await settle(site);
    expect(asked).toEqual([]);
    const thief = visitor(site, { userAgent: chrome }, browser);
    // What they were given before anybody could say so is of no use to them afterwards.
    expect((await thief.post("/refresh")).status).toBe(200);
    await settle(site);
    expect(asked).toMatchObject([{ changed: ["user_agent"] }]);
    expect((await thief.post("/refresh")).body).toMatchObject({ code: "session_ended", reason: "revoked" });
    expect((await thief.get("/me")).status).toBe(401);
  });
});

it("a session is found and ended also where nobody can say where it began", async () => {
  const accounts = memory();
  let isOut = false;
  const entries = new Proxy(accounts.entries as EntryStore, {
    get: (target, name) => {
      if (isOut) throw new SojournError("store_unavailable");
      return (Reflect.get(target, name) as (...args: unknown[]) => unknown).bind(target);
    },
  });
  const place = (): Place => ({ country: "DE" });
  const { site, browser } = await watched("stateful", { accounts: { ...accounts, entries }, place });
  const { sid } = (await browser.get("/session")).body.session;
  expect((await browser.get("/sessions")).body.sessions).toMatchObject([{ sid, place: { country: "DE" } }]);
  isOut = true;
  expect((await browser.get("/sessions")).body.sessions).toMatchObject([{ sid, place: null }]);
  expect(await site.auth.sessions.get(sid)).toMatchObject({ place: null });
  expect((await browser.delete(`/sessions/${sid}`)).body).toEqual({ ended: 1 });
});

it("an anomaly is among the kept events, for its user and whoever runs the app", async () => {
  const { site, browser, userId } = await watched("stateful", { audit: true });
  await visitor(site, { userAgent: chrome }, browser).get("/me");
  await site.auth.close();
  const { events } = await site.auth.audit.list({ userId, types: ["session_anomaly"] });
  expect(events).toMatchObject([{ changed: ["user_agent"], answer: "ignore", userAgent: chrome }]);
  expect((await browser.get("/activity")).text).toContain("session_anomaly");
});

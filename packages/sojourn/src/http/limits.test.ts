import { describe, expect, it } from "vitest";
import type { Browser } from "./browser.fixture.ts";
import { ada, createSite, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;

async function signIn(site: Site): Promise<{ browser: Browser; status: number; code: string | undefined }> {
  await site.pass(1000);
  const browser = site.browser();
  const { status, code } = await browser.post("/sign-in/password", { email, password });
  return { browser, status, code };
}

async function alive(browsers: readonly Browser[]): Promise<boolean[]> {
  const states: boolean[] = [];
  for (const browser of browsers) states.push((await browser.get("/me")).status === 200);
  return states;
}

describe.each(strategies)("a limit on %s sessions", (strategy) => {
  it("ends the oldest where it says so, and tells it why", async () => {
    const site = createSite(strategy, { session: { limit: { max: 2, onExceed: "evict-oldest" } } });
    const first = await site.signedUp();
    const { browser: second } = await signIn(site);
    const { browser: third } = await signIn(site);
    expect((await first.get("/me")).body).toMatchObject({ code: "session_ended", reason: "limit" });
    expect(await alive([second, third])).toEqual([true, true]);
    expect((await third.get("/sessions")).body.sessions).toHaveLength(2);
  });

  it("refuses the newest where it says so, and takes it once there is room", async () => {
    const site = createSite(strategy, { session: { limit: { max: 2, onExceed: "deny" } } });
    const first = await site.signedUp();
    const { browser: second } = await signIn(site);
    const denied = await signIn(site);
    expect([denied.status, denied.code, denied.browser.jar.size]).toEqual([409, "session_limit_reached", 0]);
    expect(await alive([first, second])).toEqual([true, true]);
    await second.post("/sign-out");
    expect((await signIn(site)).status).toBe(200);
  });

  it("does not count the session that this browser has and is about to lose", async () => {
    const site = createSite(strategy, { session: { limit: { max: 1, onExceed: "deny" } } });
    const browser = await site.signedUp();
    expect((await browser.post("/sign-in/password", { email, password })).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("does not count sessions that are over, or other users'", async () => {
    const site = createSite(strategy, {
      session: { limit: { max: 1, onExceed: "deny" }, idleTimeout: "10m" },
    });
    await site.signedUp();
    await site.signedUp({ email: "bob@example.com" });
    expect((await signIn(site)).code).toBe("session_limit_reached");
    await site.pass(10 * 60_000);
    expect((await signIn(site)).status).toBe(200);
  });

  it("SC-12: holds however many sign in at once", async () => {
    for (const onExceed of ["evict-oldest", "deny"] as const) {
      const site = createSite(strategy, { session: { limit: { max: 3, onExceed } } });
      const first = await site.signedUp();
      const browsers = Array.from({ length: 10 }, () => site.browser());
      await Promise.all(browsers.map((browser) => browser.post("/sign-in/password", { email, password })));
      const states = await alive([first, ...browsers]);
      expect(states.filter(Boolean), onExceed).toHaveLength(3);
    }
  });

  it("holds for people only: what acts for them has its own", async () => {
    const site = createSite(strategy, { session: { limit: { max: 1, onExceed: "deny" } } });
    const browser = await site.signedUp();
    const { id } = (await browser.get("/session")).body.user;
    await site.auth.sessions.create({ userId: id, method: "token", kind: "agent" });
    await site.auth.sessions.create({ userId: id, method: "token", kind: "service" });
    await expect(site.auth.sessions.create({ userId: id, method: "token" })).rejects.toMatchObject({
      code: "session_limit_reached",
    });
    expect((await browser.get("/me")).status).toBe(200);
  });
});

import { describe, expect, it } from "vitest";
import type { Browser } from "./browser.fixture.ts";
import { ada, type Site, strategies } from "./http-test-kit.fixture.ts";
import { dataSite, requestOf, sidOf } from "./session-data.fixture.ts";

const { email, password } = ada;
const minute = 60_000;
const hour = 60 * minute;

/** Gives a session something of everything. */
async function fill({ auth }: Site, browser: Browser): Promise<void> {
  const request = requestOf(browser);
  await auth.data.set(request, "theme", "dark");
  await auth.data.set(request, "step", 2);
  await auth.flash.add(request, "first");
  await auth.flash.add(request, "second");
}

/** It is all there, and each message once. */
async function expectFull({ auth }: Site, browser: Browser): Promise<void> {
  const request = requestOf(browser);
  expect(await auth.data.all(request)).toEqual({ theme: "dark", step: 2 });
  expect(await auth.flash.take(request)).toEqual(["first", "second"]);
  expect(await auth.flash.take(request)).toEqual([]);
}

describe.each(strategies)("what a %s session holds", (strategy) => {
  it("stays when its credentials are renewed, and when it is touched", async () => {
    const site = dataSite(strategy);
    const browser = await site.signedUp();
    await fill(site, browser);
    await site.pass(10 * minute);
    expect((await browser.post("/refresh")).status).toBe(200);
    await site.pass(10 * minute);
    expect((await browser.post("/refresh")).status).toBe(200);
    expect((await browser.post("/touch")).status).toBe(200);
    await expectFull(site, browser);
  });

  it("goes over to the session of a step-up, and is gone from the old one", async () => {
    const site = dataSite(strategy);
    const browser = await site.signedUp();
    await fill(site, browser);
    const [before, sid] = [requestOf(browser), await sidOf(browser)];
    expect((await browser.post("/step-up", { password })).status).toBe(200);
    expect(await sidOf(browser)).not.toBe(sid);
    expect(await site.auth.data.get(sid, "theme")).toBe(undefined);
    expect(await site.auth.flash.take(before)).toEqual([]);
    await expect(site.auth.data.set(before, "theme", "light")).rejects.toMatchObject({
      code: "session_ended",
      extra: { reason: "superseded" },
    });
    await expectFull(site, browser);
  });

  it("is there again when a session that idled is resumed, and not before", async () => {
    const site = dataSite(strategy, { session: { preset: "aal2" } });
    const browser = await site.signedUp();
    await fill(site, browser);
    await site.pass(hour + minute);
    expect(await site.auth.data.all(requestOf(browser))).toEqual({});
    expect(await site.auth.flash.take(requestOf(browser))).toEqual([]);
    await expect(site.auth.data.set(requestOf(browser), "step", 3)).rejects.toMatchObject({
      code: "session_ended",
      extra: { reason: "idle", challenge: { resumes: true } },
    });
    expect((await browser.post("/step-up", { password })).status).toBe(200);
    await expectFull(site, browser);
  });

  it("goes along when a visitor signs in, and when they sign up", async () => {
    const site = dataSite(strategy);
    await site.signedUp();
    for (const [path, account] of [
      ["/sign-in/password", { email, password }],
      ["/sign-up/password", { ...ada, email: "grace@example.com" }],
    ] as const) {
      const visitor = site.browser();
      await visitor.post("/sign-in/anonymous");
      await fill(site, visitor);
      expect((await visitor.post(path, account)).status).toBe(200);
      await expectFull(site, visitor);
    }
  });

  it("is nobody else's: whoever signs in over the session of a user begins with nothing", async () => {
    const site = dataSite(strategy);
    const browser = await site.signedUp();
    await fill(site, browser);
    await site.signedUp({ email: "grace@example.com" });
    await browser.post("/sign-in/password", { email: "grace@example.com", password });
    expect(await site.auth.data.all(requestOf(browser))).toEqual({});
    expect(await site.auth.flash.take(requestOf(browser))).toEqual([]);
  });

  it("is over when it is signed out", async () => {
    const site = dataSite(strategy);
    const browser = await site.signedUp();
    await fill(site, browser);
    const copy = browser.copy();
    await browser.post("/sign-out");
    expect(await site.auth.data.all(requestOf(copy))).toEqual({});
    expect(await site.auth.flash.take(requestOf(copy))).toEqual([]);
  });
});

describe("whose data it is", () => {
  it("is told by a bearer token as by a cookie", async () => {
    const site = dataSite("hybrid", { transports: ["header"] });
    await site.signedUp();
    const reply = await site.browser().post("/sign-in/password", { email, password });
    const authorization = `Bearer ${reply.body.tokens?.accessToken}`;
    const request = new Request("https://app.example/", { headers: { authorization } });
    await site.auth.data.set(request, "step", 5);
    expect(await site.auth.data.get(reply.body.session.sid, "step")).toBe(5);
    expect(await site.auth.data.take(request, "step")).toBe(5);
  });

  it("is told where the keys are in the store as well", async () => {
    const site = dataSite("hybrid", { keys: {} });
    const browser = await site.signedUp();
    await fill(site, browser);
    await expectFull(site, browser);
  });

  it("is the user's who is acted as, while somebody acts as them, and the admin's again afterwards", async () => {
    const site = dataSite("stateful", { impersonation: { allow: () => true } });
    const { userId } = (await (await site.signedUp({ email: "grace@example.com" })).get("/session")).body
      .session;
    const admin = await site.signedUp();
    await fill(site, admin);
    await admin.post("/impersonate", { userId, reason: "They asked for help." });
    expect(await site.auth.data.all(requestOf(admin))).toEqual({});
    expect(await site.auth.flash.take(requestOf(admin))).toEqual([]);
    await site.auth.data.set(requestOf(admin), "step", 7);
    await admin.post("/impersonate/stop");
    await expectFull(site, admin);
  });
});

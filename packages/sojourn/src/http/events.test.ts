import { describe, expect, it } from "vitest";
import type { EventType, SojournEvent } from "../domain/events.ts";
import { ada, cookieName, createSite, origin, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const refreshName = `${cookieName}-refresh`;

/** The fields that each event has beside those that every event has. */
const fields: Readonly<Record<EventType, readonly string[]>> = {
  session_created: ["sid", "userId", "kind", "method", "transport"],
  session_renewed: ["sid", "userId"],
  session_anomaly: ["sid", "userId", "changed", "answer"],
  session_ended: ["sid", "userId", "reason"],
  sessions_ended: ["userId", "count", "exceptSid", "reason"],
  session_use_after_expire: ["sid", "userId", "reason"],
  authn_token_reuse: ["sid", "userId", "counter", "head"],
  authn_token_ahead: ["sid", "userId", "counter", "head"],
  authn_login_success: ["userId", "method"],
  authn_login_fail: ["method", "code"],
  authn_step_up: ["sid", "userId", "method", "resumed"],
  authn_password_change: ["userId"],
  user_created: ["userId", "method"],
  identity_linked: ["userId", "provider"],
  identity_unlinked: ["userId", "provider"],
  provider_logout: ["provider", "count"],
  provider_logout_refused: ["provider"],
  user_updated: ["userId", "field"],
  user_deleted: ["userId"],
  user_exported: ["userId"],
  anonymous_upgraded: ["from", "to"],
  impersonation_started: ["sid", "userId", "actorUserId", "actorSid", "reason", "expiresAt"],
  impersonation_ended: ["sid", "userId", "actorUserId", "actorSid", "reason", "endReason"],
  excess_sessions_exceeded: ["sid", "userId", "max"],
  excess_rate_limit_exceeded: ["act", "scope", "max", "retryAfter"],
  cookie_duplicate: ["name"],
  transport_mixed: [],
  credential_invalid: ["code"],
  credential_misplaced: [],
  csrf_refused: ["origin", "check"],
  key_announced: ["keyId", "activatesAt"],
  key_activated: ["keyId"],
  key_retired: ["keyId"],
  key_revoked: ["keyId", "reason"],
  key_lost: ["keyId"],
  audit_events_lost: ["count"],
  store_unavailable: ["operation"],
};

/** The fields that one may have as well. */
const optional: Partial<Readonly<Record<EventType, readonly string[]>>> = { authn_login_fail: ["userId"] };

function checkFields(event: SojournEvent): void {
  const extra = (optional[event.type] ?? []).filter((name) => name in event);
  expect(Object.keys(event).toSorted()).toEqual(
    ["at", "ip", "type", "userAgent", ...fields[event.type], ...extra].toSorted(),
  );
  expect(new Date(event.at).toISOString()).toBe(event.at);
}

describe("the life of a hybrid session", () => {
  it("is told step by step, each step once, with all that its event promises", async () => {
    const site = createSite("hybrid", { transports: ["cookie", "header"], session: { limit: { max: 2 } } });
    const story: string[] = [];
    const tell = async (act: Promise<unknown>): Promise<void> => {
      await act;
      story.push(...site.eventTypes(), "-");
    };
    const browser = site.browser();
    await tell(browser.post("/sign-up/password", ada));
    await tell(browser.post("/sign-in/password", { email, password: "wrong" }));
    await tell(browser.post("/sign-in/password", { email, password }));
    await tell(browser.get("/session"));
    await tell(browser.get("/sessions"));
    await site.pass(60_000);
    const old = browser.copy();
    await tell(browser.post("/refresh"));
    await tell(browser.get("/me"));
    await tell(browser.post("/touch"));
    await tell(browser.post("/step-up", { password }));
    await tell(
      browser.post("/change-password", { currentPassword: password, newPassword: "another phrase" }),
    );
    await tell(old.post("/refresh"));
    await tell(browser.post("/sign-out"));
    await tell(browser.copy().post("/sign-out"));
    expect(story.join(" ")).toBe(
      [
        "user_created session_created authn_login_success -",
        "authn_login_fail -",
        "session_ended session_created authn_login_success -",
        "-",
        "-",
        "session_renewed -",
        "-",
        "-",
        "session_created session_ended authn_step_up -",
        "authn_password_change sessions_ended session_created session_ended -",
        "session_use_after_expire -",
        "session_ended -",
        "-",
      ].join(" "),
    );
    for (const event of site.events) checkFields(event);
  });
});

describe("what should be looked at", () => {
  /** One scene for each of the other events. */
  const scenes: Readonly<Record<string, (site: Site) => Promise<unknown>>> = {
    "authn_token_reuse session_ended": async (site) => {
      const browser = await site.signedUp();
      const thief = browser.copy();
      await site.pass(60_000);
      await browser.post("/refresh");
      await browser.get("/me");
      await site.pass(60_000);
      site.eventTypes();
      return thief.post("/refresh");
    },
    authn_token_ahead: async (site) => {
      const browser = await site.signedUp();
      const { sid } = (await browser.get("/session")).body.session;
      await site.pass(60_000);
      await browser.post("/refresh");
      // The store is put back to what it was before, as from a backup.
      const found = await site.accounts.sessions.find(sid);
      const { refresh = null, version = 0 } = found?.record ?? {};
      if (refresh !== null)
        await site.accounts.sessions.update(
          sid,
          version,
          { refresh: { ...refresh, counter: 0, confirmedCounter: 0 } },
          site.clock.now(),
        );
      site.eventTypes();
      return browser.post("/refresh");
    },
    session_use_after_expire: async (site) => {
      const browser = await site.signedUp();
      await site.pass(7 * 86_400_000 + 1000);
      site.eventTypes();
      return browser.post("/refresh");
    },
    sessions_ended: async (site) => {
      const browser = await site.signedUp();
      site.eventTypes();
      return browser.delete("/sessions");
    },
    credential_invalid: async (site) => site.browser().get("/session", { cookie: `${cookieName}=nonsense` }),
    credential_misplaced: async (site) => site.browser().get("/session?access_token=s1.sid.secret"),
    cookie_duplicate: async (site) =>
      site.browser().get("/session", { cookie: `${refreshName}=a; ${refreshName}=b` }),
    transport_mixed: async (site) => {
      const { body } = await site.browser().post("/sign-up/password", { ...ada, transport: "header" });
      site.eventTypes();
      return site.browser().get("/session", {
        authorization: `Bearer ${body.tokens.accessToken}`,
        cookie: `${cookieName}=x`,
      });
    },
    csrf_refused: async (site) =>
      site
        .browser()
        .post("/sign-out", {}, { origin: "https://evil.example", "sec-fetch-site": "cross-site" }),
    store_unavailable: async (site) => {
      const browser = await site.signedUp();
      site.outage.sessions = true;
      await site.pass(20_000);
      site.eventTypes();
      return browser.get("/session");
    },
    excess_rate_limit_exceeded: async (site) => {
      const attempt = () => site.browser().post("/sign-in/password", { email, password: "wrong" });
      for (let i = 0; i < 10; i += 1) await attempt();
      site.eventTypes();
      return attempt();
    },
    "excess_sessions_exceeded session_ended session_created authn_login_success": async (site) => {
      for (let i = 0; i < 2; i += 1)
        await (i === 0 ? site.signedUp() : site.browser().post("/sign-in/password", { email, password }));
      site.eventTypes();
      await site.pass(1000);
      return site.browser().post("/sign-in/password", { email, password });
    },
  };

  it.each(Object.keys(scenes))("%s is told once, with its fields", async (types) => {
    const site = createSite("hybrid", { transports: ["cookie", "header"], session: { limit: { max: 2 } } });
    await scenes[types]?.(site);
    expect(site.eventTypes().join(" ")).toBe(types);
    for (const event of site.events) checkFields(event);
  });

  it("all scenes together know every event there is", () => {
    const told = new Set([
      ...Object.keys(scenes).flatMap((types) => types.split(" ")),
      "user_created",
      "authn_login_fail",
      "session_renewed",
      "authn_step_up",
      "authn_password_change",
      // Where there is a provider.
      "identity_linked",
      "identity_unlinked",
      "provider_logout",
      "provider_logout_refused",
      // Where users are changed, act as others, or only visit.
      "user_updated",
      "user_deleted",
      "impersonation_started",
      "impersonation_ended",
      "anonymous_upgraded",
      // Where somebody wants to hear of it.
      "session_anomaly",
      // Where keys are in the store.
      "key_announced",
      "key_activated",
      "key_retired",
      "key_revoked",
      "key_lost",
      // Where events are kept, or a user's are read out.
      "audit_events_lost",
      "user_exported",
    ]);
    expect([...told].toSorted()).toEqual(Object.keys(fields).toSorted());
  });
});

describe.each(strategies)("an event of a %s session", (strategy) => {
  it("says when, from where, and with what", async () => {
    const site = createSite(strategy, { trustedProxies: 1 });
    const browser = site.browser("curl/8.9.1");
    browser.extra["x-forwarded-for"] = "203.0.113.7";
    await browser.post("/sign-up/password", ada);
    const { session } = (await browser.get("/session")).body;
    expect(site.events.find(({ type }) => type === "session_created")).toEqual({
      type: "session_created",
      at: "2030-01-01T00:00:00.000Z",
      ip: "203.0.113.7",
      userAgent: "curl/8.9.1",
      sid: session.sid,
      userId: session.userId,
      kind: "user",
      method: "password",
      transport: "cookie",
    });
  });

  it("of a replayed credential names the session and why it is over", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { session } = (await browser.get("/session")).body;
    await browser.copy().post("/sign-out");
    site.eventTypes();
    await browser.send("GET", "/me");
    expect(site.events.at(-1)).toMatchObject({
      type: "session_use_after_expire",
      sid: session.sid,
      userId: session.userId,
      reason: "signed_out",
    });
    expect(site.eventTypes()).toHaveLength(1);
  });

  it("reaches the logger under its name, and an alarming one as a warning", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await browser.send("POST", "/sign-out", {}, { origin: "https://evil.example", "sec-fetch-site": null });
    const lines = site.logs.map(({ level, message }) => `${level} ${message}`);
    expect(lines).toContain("info sojourn: session_created");
    expect(lines).toContain("warn sojourn: csrf_refused");
    expect(site.logs.at(-1)?.fields).toMatchObject({
      type: "csrf_refused",
      origin: "https://evil.example",
      check: "site",
    });
  });

  it("of a refused origin holds no more of it than is bearable", async () => {
    const site = createSite(strategy);
    await site
      .browser()
      .send("POST", "/sign-out", {}, { origin: `https://${"x".repeat(5000)}`, "sec-fetch-site": null });
    const event = site.events.at(-1);
    expect(event?.type === "csrf_refused" && event.origin?.length).toBe(256);
  });

  it("is not told twice where the app asks by itself what the handler asked", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    site.eventTypes();
    const request = new Request(origin, { headers: { cookie: browser.cookie } });
    await site.auth.authenticate(request);
    await site.auth.getSession(request);
    await site.auth.requireSession(request);
    expect(site.eventTypes()).toEqual([]);
  });
});

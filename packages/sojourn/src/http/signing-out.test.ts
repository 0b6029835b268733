import { describe, expect, it } from "vitest";
import type { TokenReply } from "../contract/types.ts";
import type { Browser } from "./browser.fixture.ts";
import {
  ada,
  cookieName,
  createSite,
  serviceBasic,
  type Site,
  type SiteOptions,
  strategies,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const refreshName = `${cookieName}-refresh`;
const minute = 60_000;
const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };

/** A browser whose refresh token a thief has used twice since: what it still holds signs nobody in. */
async function robbed(
  options: SiteOptions = {},
): Promise<{ site: Site; victim: Browser; thief: Browser; sid: string }> {
  const site = createSite("hybrid", options);
  const victim = await site.signedUp();
  const { sid } = (await victim.get("/session")).body.session;
  const thief = victim.copy("curl/8.5.0");
  for (let cycle = 0; cycle < 2; cycle += 1) {
    await site.pass(20 * minute);
    await thief.post("/refresh");
    await thief.get("/me");
    await site.clock.advance(1000);
  }
  expect((await thief.get("/me")).status).toBe(200);
  expect((await victim.send("GET", "/me")).code).toBe("unauthenticated");
  site.eventTypes();
  return { site, victim, thief, sid };
}

async function expectOver(browser: Browser, reason: string): Promise<void> {
  const { code, body } = await browser.send("GET", "/me");
  expect([code, body.reason]).toEqual(["session_ended", reason]);
  expect((await browser.send("POST", "/refresh", {})).code).toBe("session_ended");
}

describe("a hybrid session whose refresh token a thief went on with", () => {
  it("is over when its user signs out with what they still hold", async () => {
    const { victim, thief } = await robbed();
    expect((await victim.post("/sign-out")).body).toEqual({ ended: 1 });
    expect(victim.jar.size).toBe(0);
    await expectOver(thief, "signed_out");
  });

  it("is over also when only the refresh cookie is left, or only the access token that ran out", async () => {
    for (const gone of [cookieName, refreshName]) {
      const { victim, thief } = await robbed();
      victim.jar.delete(gone);
      expect((await victim.post("/sign-out")).body).toEqual({ ended: 1 });
      await expectOver(thief, "signed_out");
    }
  });

  it("is over with all others of the user when they sign out everywhere", async () => {
    const { site, victim, thief } = await robbed();
    const phone = site.browser("phone");
    await phone.post("/sign-in/password", { email, password });
    const bob = await site.signedUp({ email: "bob@example.com" });
    expect((await victim.post("/sign-out", { everywhere: true })).body).toEqual({ ended: 2 });
    await expectOver(thief, "signed_out");
    await expectOver(phone, "signed_out");
    expect((await bob.get("/me")).status).toBe(200);
  });

  it("is over when its user signs in again in that browser", async () => {
    const { victim, thief } = await robbed();
    expect((await victim.post("/sign-in/password", { email, password })).status).toBe(200);
    await expectOver(thief, "superseded");
    expect((await victim.get("/me")).status).toBe(200);
  });

  it("does not lock its user out where no more sessions than one are allowed", async () => {
    const { victim } = await robbed({ session: { limit: { max: 1, onExceed: "deny" } } });
    expect((await victim.post("/sign-in/password", { email, password })).status).toBe(200);
    expect((await victim.get("/me")).status).toBe(200);
  });

  it("is over when a service revokes the replaced token, or the access token that ran out", async () => {
    for (const name of [refreshName, cookieName]) {
      const { site, victim, thief } = await robbed();
      expect((await site.browser().post("/revoke", `token=${victim.value(name)}`, form)).text).toBe("{}");
      await expectOver(thief, "revoked");
    }
  });

  it("is over when the app signs its user out by itself", async () => {
    const { site, victim, thief } = await robbed();
    await site.auth.signOut(new Request("https://app.example", { headers: { cookie: victim.cookie } }));
    await expectOver(thief, "signed_out");
  });

  it("tells operators of the copy, whichever way it ends", async () => {
    const ends: readonly (readonly [string, (site: Site, victim: Browser) => Promise<unknown>])[] = [
      ["session_ended authn_token_reuse", (_site, victim) => victim.post("/sign-out")],
      ["sessions_ended authn_token_reuse", (_site, victim) => victim.post("/sign-out", { everywhere: true })],
      [
        "session_ended authn_token_reuse session_created authn_login_success",
        (_site, victim) => victim.post("/sign-in/password", { email, password }),
      ],
      [
        "session_ended authn_token_reuse",
        (site, victim) => site.browser().post("/revoke", `token=${victim.value(refreshName)}`, form),
      ],
    ];
    for (const [story, end] of ends) {
      const { site, victim, sid } = await robbed();
      await end(site, victim);
      expect(site.eventTypes().join(" ")).toBe(story);
      const alarm = site.events.find(({ type }) => type === "authn_token_reuse");
      expect(alarm).toMatchObject({ sid, counter: 0, head: 2 });
    }
  });

  it("goes on while the store cannot be reached, and nobody is told that it is over", async () => {
    const { site, victim, thief } = await robbed();
    site.outage.sessions = true;
    const { code, cookies } = await victim.post("/sign-out");
    expect([code, cookies]).toEqual(["store_unavailable", []]);
    site.outage.sessions = false;
    expect((await victim.post("/sign-out")).body).toEqual({ ended: 1 });
    await expectOver(thief, "signed_out");
  });
});

describe("what ends no hybrid session", () => {
  /** Credentials that say they are of this session, and are not. */
  function forgeries(browser: Browser, sid: string): readonly (readonly [string, string])[] {
    const access = browser.value(cookieName);
    const refresh = browser.value(refreshName);
    const mac = refresh.split(".").at(-1) ?? "";
    const [header = "", payload = "", signature = ""] = access.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, unknown>;
    const altered = Buffer.from(JSON.stringify({ ...claims, exp: 1 })).toString("base64url");
    return [
      ...[0, 2, 99].map((counter) => [refreshName, `r1.${sid}.${counter}.${mac}`] as const),
      [refreshName, `r1.${sid}.0.${"A".repeat(43)}`],
      [refreshName, `r1.${sid.replace(/^..../, "0000")}.1.${mac}`],
      [cookieName, `${header}.${altered}.${signature}`],
      [cookieName, `${access.slice(0, -1)}${access.endsWith("A") ? "E" : "A"}`],
      [cookieName, `s1.${sid}.${"A".repeat(43)}`],
      [cookieName, sid],
    ];
  }

  it.each(["/sign-out", "/sign-in/password"])("a forged credential, at POST %s", async (path) => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    await site.pass(minute);
    await browser.post("/refresh");
    const { sid } = (await browser.get("/session")).body.session;
    const body = path === "/sign-out" ? { everywhere: true } : { email, password };
    for (const [name, value] of forgeries(browser, sid)) {
      site.eventTypes();
      await site.browser().post(path, body, { cookie: `${name}=${value}` });
      await site.browser().post("/revoke", `token=${value}`, form);
      const told = site.eventTypes();
      expect(told).toContain("credential_invalid");
      for (const type of ["session_ended", "sessions_ended", "authn_token_reuse"])
        expect(told, `${name}=${value}`).not.toContain(type);
      expect((await browser.get("/me")).status).toBe(200);
    }
  });

  it("a credential of a session that is over, which ends no other of its user either", async () => {
    const { site, victim, thief } = await robbed();
    await thief.copy().post("/sign-out");
    const phone = site.browser("phone");
    await phone.post("/sign-in/password", { email, password });
    expect((await victim.post("/sign-out", { everywhere: true })).body).toEqual({ ended: 0 });
    expect((await phone.get("/me")).status).toBe(200);
    expect(site.eventTypes()).toContain("session_use_after_expire");
  });

  it("a token of the other transport", async () => {
    const site = createSite("hybrid", { transports: ["cookie", "header"] });
    await site.signedUp();
    const app = await site.browser("app").post("/sign-in/password", { email, password, transport: "header" });
    const { accessToken, refreshToken } = app.body.tokens;
    const cookie = `${cookieName}=${accessToken}; ${refreshName}=${refreshToken}`;
    expect((await site.browser().post("/sign-out", {}, { cookie })).body).toEqual({ ended: 0 });
    expect((await site.browser().get("/me", { authorization: `Bearer ${accessToken}` })).status).toBe(200);
  });
});

describe("what is no theft", () => {
  it("a token that was replaced by another tab a moment ago", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const tab = browser.copy();
    await site.pass(minute);
    await browser.post("/refresh");
    await browser.get("/me");
    await site.clock.advance(2000);
    site.eventTypes();
    expect((await tab.post("/sign-out")).body).toEqual({ ended: 1 });
    expect(site.eventTypes()).toEqual(["session_ended"]);
    await expectOver(browser, "signed_out");
  });

  it("the same one, revoked by a service, which has no user agent to compare", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const replaced = browser.value(refreshName);
    await site.pass(minute);
    await browser.post("/refresh");
    await browser.get("/me");
    await site.clock.advance(2000);
    site.eventTypes();
    await site.browser().post("/revoke", `token=${replaced}`, form);
    expect(site.eventTypes()).toEqual(["session_ended"]);
  });

  it("a token whose successor got lost", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    await site.pass(20 * minute);
    await browser.send("POST", "/refresh", {});
    await site.pass(20 * minute);
    site.eventTypes();
    expect((await browser.post("/sign-out")).body).toEqual({ ended: 1 });
    expect(site.eventTypes()).toEqual(["session_ended"]);
  });

  it("a token ahead of a store that came from a backup, whose holder may still sign out", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const { sid } = (await browser.get("/session")).body.session;
    await site.pass(20 * minute);
    const before = browser.copy();
    await browser.post("/refresh");
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
    browser.jar.delete(cookieName);
    expect((await browser.post("/sign-out")).body).toEqual({ ended: 1 });
    expect(site.eventTypes()).toEqual(["session_ended"]);
    await expectOver(before, "signed_out");
  });
});

describe("a stateless session with a token that ran out", () => {
  it("is over when its holder signs out with the old one, while a copy was renewed", async () => {
    const site = createSite("stateless", { session: { idleTimeout: "1h" } });
    const browser = await site.signedUp();
    const thief = browser.copy();
    await site.pass(50 * minute);
    await thief.post("/refresh");
    await site.pass(50 * minute);
    expect((await thief.get("/me")).status).toBe(200);
    expect((await browser.send("GET", "/me")).status).toBe(401);
    expect((await browser.post("/sign-out")).body).toEqual({ ended: 1 });
    await expectOver(thief, "signed_out");
  });
});

describe("a hybrid session with header transport", () => {
  const both = { transports: ["cookie", "header"] } as const;

  async function app(options: SiteOptions = both): Promise<{ site: Site; tokens: Required<TokenReply> }> {
    const site = createSite("hybrid", options);
    const { body } = await site.browser("app/1").post("/sign-up/password", { ...ada, transport: "header" });
    return { site, tokens: body.tokens };
  }

  async function expectNoMore(site: Site, { refreshToken }: TokenReply): Promise<void> {
    const { code, body } = await site.browser("app/1").post("/refresh", { refreshToken });
    expect([code, body.reason]).toEqual(["session_ended", "signed_out"]);
  }

  it("signs out with an access token that ran out", async () => {
    const { site, tokens } = await app();
    await site.pass(20 * minute);
    const bearer = { authorization: `Bearer ${tokens.accessToken}` };
    expect((await site.browser("app/1").post("/sign-out", {}, bearer)).body).toEqual({ ended: 1 });
    await expectNoMore(site, tokens);
  });

  it("signs out with its refresh token alone, in JSON or a form", async () => {
    for (const more of [{}, { "content-type": "application/x-www-form-urlencoded" }]) {
      const { site, tokens } = await app();
      await site.pass(20 * minute);
      const { refreshToken } = tokens;
      const body = "content-type" in more ? `refreshToken=${refreshToken}` : { refreshToken };
      const { status, cookies } = await site.browser("app/1").post("/sign-out", body, more);
      expect([status, cookies]).toEqual(["content-type" in more ? 303 : 200, []]);
      await expectNoMore(site, tokens);
      expect((await site.browser("app/1").post("/sign-out", { refreshToken })).body).toEqual({ ended: 0 });
    }
  });

  it("signs out everywhere with it", async () => {
    const { site, tokens } = await app();
    const browser = site.browser();
    await browser.post("/sign-in/password", { email, password });
    const { refreshToken } = tokens;
    const reply = await site.browser("app/1").post("/sign-out", { refreshToken, everywhere: true });
    expect(reply.body).toEqual({ ended: 2 });
    await expectOver(browser, "signed_out");
  });

  it("signs out with a replaced one, which tells of the copy", async () => {
    const { site, tokens } = await app();
    let thief: TokenReply = tokens;
    for (let cycle = 0; cycle < 2; cycle += 1) {
      await site.pass(20 * minute);
      const { body } = await site
        .browser("curl/8.5.0")
        .post("/refresh", { refreshToken: thief.refreshToken });
      thief = body.tokens;
    }
    const { refreshToken } = tokens;
    expect((await site.browser("app/1").post("/sign-out", { refreshToken })).body).toEqual({ ended: 1 });
    expect(site.eventTypes()).toContain("authn_token_reuse");
    await expectNoMore(site, thief);
  });

  it("leaves a cookie beside it, and the session of that, alone", async () => {
    const { site, tokens } = await app();
    const browser = site.browser();
    await browser.post("/sign-in/password", { email, password });
    const jar = browser.cookie;
    const { refreshToken } = tokens;
    expect((await browser.post("/sign-out", { refreshToken })).body).toEqual({ ended: 1 });
    expect(browser.cookie).toBe(jar);
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("is not ended where that transport is not enabled, and nothing else is either", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const { code, cookies } = await browser.post("/sign-out", { refreshToken: browser.value(refreshName) });
    expect([code, cookies]).toEqual(["transport_not_enabled", []]);
    expect((await browser.get("/me")).status).toBe(200);
  });
});

describe.each(strategies)("signing out with the cookies of a %s session twice", (strategy) => {
  it("ends every session that one of them is of, wherever it stands, and clears them", async () => {
    for (const order of [0, 1]) {
      const site = createSite(strategy);
      const browser = await site.signedUp();
      const planted = await site.signedUp({ email: "mallory@example.com" });
      const cookies = [browser.cookie, planted.cookie];
      const cookie = (order === 0 ? cookies : cookies.toReversed()).join("; ");
      site.eventTypes();
      const reply = await browser.copy().post("/sign-out", {}, { cookie });
      expect(reply.body).toEqual({ ended: 2 });
      expect(reply.cookies).toHaveLength(strategy === "hybrid" ? 2 : 1);
      expect(site.eventTypes()).toEqual(["cookie_duplicate", "session_ended", "session_ended"]);
      for (const one of [browser, planted]) await expectOver(one, "signed_out");
    }
  });

  it("finds the good one among any number that were made up", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const made = Array.from({ length: 40 }, (_, i) => `${cookieName}=${i}`);
    const cookie = [...made, browser.cookie, ...made].join("; ");
    expect((await browser.copy().post("/sign-out", {}, { cookie })).body).toEqual({ ended: 1 });
    await expectOver(browser, "signed_out");
  });

  it("ends nothing that none of them is of", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const spoiled = browser.value(cookieName).slice(0, -1);
    const cookie = `${cookieName}=${spoiled}; ${cookieName}=planted`;
    expect((await site.browser().post("/sign-out", { everywhere: true }, { cookie })).body).toEqual({
      ended: 0,
    });
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("reads sealed cookies too", async () => {
    const site = createSite(strategy, { cookie: { encrypt: true } });
    const browser = await site.signedUp();
    const twice = `${browser.cookie}; ${cookieName}=planted`;
    expect((await browser.copy().post("/sign-out", {}, { cookie: twice })).body).toEqual({ ended: 1 });
    await expectOver(browser, "signed_out");
  });
});

describe("signing out with a cookie that is spread over two", () => {
  it.each(["whole", "first piece", "second piece"])("finds the session beside a planted %s", async (kind) => {
    const site = createSite("stateless", {
      cookie: { chunking: true },
      callbacks: { jwt: () => ({ note: "x".repeat(4000) }) },
    });
    const browser = await site.signedUp();
    expect([...browser.jar.keys()]).toEqual([`${cookieName}.0`, `${cookieName}.1`]);
    const name = { whole: cookieName, "first piece": `${cookieName}.0`, "second piece": `${cookieName}.1` }[
      kind
    ];
    for (const cookie of [`${name}=planted; ${browser.cookie}`, `${browser.cookie}; ${name}=planted`])
      expect((await browser.send("GET", "/me", undefined, { cookie })).code).toBe("unauthenticated");
    const cookie = `${name}=planted; ${browser.cookie}`;
    expect((await browser.copy().post("/sign-out", {}, { cookie })).body).toEqual({ ended: 1 });
    await expectOver(browser, "signed_out");
  });
});

describe("signing out everywhere", () => {
  async function twoDevices(): Promise<{ site: Site; browser: Browser; phone: Browser }> {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    const phone = site.browser("phone");
    await phone.post("/sign-in/password", { email, password });
    return { site, browser, phone };
  }

  it.each(["/sign-out?everywhere=true", "/logout?everywhere=true&utm=1&utm=2"])(
    "can be asked for in the URL: %s",
    async (path) => {
      for (const body of [{}, { everywhere: true }, undefined]) {
        const { browser, phone } = await twoDevices();
        expect((await browser.request("POST", path, body, {})).body).toEqual({ ended: 2 });
        await expectOver(phone, "signed_out");
      }
    },
  );

  it("can be asked for in the URL of a form", async () => {
    const { browser, phone } = await twoDevices();
    expect((await browser.submit("/sign-out?everywhere=true", { returnTo: "/bye" })).status).toBe(303);
    await expectOver(phone, "signed_out");
  });

  it("is not asked for by false", async () => {
    const { browser, phone } = await twoDevices();
    expect((await browser.post("/sign-out?everywhere=false")).body).toEqual({ ended: 1 });
    expect((await phone.get("/me")).status).toBe(200);
  });

  it.each([
    "everywhere",
    "everywhere=",
    "everywhere=1",
    "everywhere=on",
    "everywhere=TRUE",
    "everywhere=yes",
    "everywhere=true&everywhere=false",
    "everywhere=true&everywhere=true",
  ])("is not guessed from ?%s: that is refused, and nobody is signed out", async (query) => {
    const { browser } = await twoDevices();
    const { code, cookies, body } = await browser.post(`/sign-out?${query}`);
    expect([code, cookies]).toEqual(["invalid_input", []]);
    expect(body.detail).toMatch(/^everywhere: /);
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("is refused where the URL and the body differ", async () => {
    const { browser } = await twoDevices();
    for (const [query, everywhere] of [
      ["true", false],
      ["false", true],
    ])
      expect((await browser.post(`/sign-out?everywhere=${query}`, { everywhere })).code).toBe(
        "invalid_input",
      );
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("takes nothing else from the URL, least of all a credential", async () => {
    const site = createSite("hybrid", { transports: ["cookie", "header"] });
    const { body } = await site.browser("app/1").post("/sign-up/password", { ...ada, transport: "header" });
    const { refreshToken } = body.tokens;
    const reply = await site.browser("app/1").post(`/sign-out?refreshToken=${refreshToken}`);
    expect(reply.body).toEqual({ ended: 0 });
    expect((await site.browser("app/1").post("/refresh", { refreshToken })).status).toBe(200);
  });
});

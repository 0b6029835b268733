import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { SojournError } from "../domain/errors.ts";
import { ProviderVisitor } from "../login/oauth/provider-visitor.fixture.ts";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, origin, type Site, strategies } from "./http-test-kit.fixture.ts";
import {
  arrived,
  listeningSite,
  type LogoutProvider,
  logoutToken,
  providerSidOf,
  startLogoutProvider,
  subjectClientId,
  tell,
} from "./logout-test-kit.fixture.ts";
import { arrive, providerSite, sentTo, travel } from "./provider-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

let provider: LogoutProvider;
beforeAll(async () => {
  provider = await startLogoutProvider();
});
afterAll(() => provider.close());
afterEach(() => {
  provider.site = null;
  provider.sent.length = 0;
  provider.intercept = null;
  vi.useRealTimers();
});

/** Time passes here and at the provider. */
async function pass(site: Site, ms: number): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  await site.pass(ms);
}

/** How a provider is told that it was wrong (§2.8). */
function expectRefused({ status, headers, body, cookies }: Reply): void {
  expect([status, body.code, cookies]).toEqual([400, "logout_token_invalid", []]);
  expect(body).toMatchObject({ error: "invalid_request" });
  expect(headers.get("cache-control")).toMatch(/\bno-store\b/);
}

const kept = strategies.flatMap((strategy) => [
  { strategy, store: "memory", open: memory },
  { strategy, store: "sqlite", open: () => sqlite(":memory:") },
]);

describe.each(kept)(
  "LO-01: when somebody signs out at the provider, with $strategy sessions in $store",
  ({ strategy, open }) => {
    it("their session that came from it is over, with all that can be made of it, and open pages hear of it", async () => {
      const site = listeningSite(provider, { strategy, accounts: open() });
      const { browser, visitor, sid } = await arrived(site);
      const copy = browser.copy();
      const events = await browser.get("/events");
      site.eventTypes();
      await visitor.signOut(`${provider.issuer}/session/end`);
      expect(provider.sent.map(({ reply }) => [reply.status, reply.text])).toEqual([[200, "{}"]]);
      expect(site.eventTypes()).toEqual(["session_ended", "provider_logout"]);
      expect(site.events.at(-1)).toMatchObject({ provider: "acme", count: 1, ip: "192.0.2.9" });
      expect(await events.response.text()).toContain(`{"type":"ended","sid":"${sid}","reason":"signed_out"}`);
      expect((await browser.get("/me")).body).toMatchObject({ code: "session_ended", reason: "signed_out" });
      expect((await copy.post("/refresh")).status).toBe(401);
      await site.pass(20 * 60_000);
      expect((await copy.post("/refresh")).status).toBe(401);
      expect((await copy.get("/me")).status).toBe(401);
    });

    it("others, and other ways in, are left alone", async () => {
      const site = listeningSite(provider, { strategy, accounts: open() });
      const { visitor } = await arrived(site);
      const phone = await arrived(site);
      const bob = await arrived(site, "bob");
      const typed = site.browser();
      await typed.post("/sign-up/password", { ...ada, email: "typed@example.com" });
      await visitor.signOut(`${provider.issuer}/session/end`);
      for (const { browser } of [phone, bob]) expect((await browser.get("/me")).status).toBe(200);
      expect((await typed.get("/me")).status).toBe(200);
    });

    it("all of theirs that came from it are over, if the provider names no session", async () => {
      const acme = { clientId: subjectClientId };
      const site = listeningSite(provider, { strategy, acme, accounts: open() });
      const { browser, visitor } = await arrived(site);
      const phone = await arrived(site);
      const bob = await arrived(site, "bob");
      await visitor.signOut(`${provider.issuer}/session/end`);
      expect(provider.sent.map(({ reply }) => reply.status)).toEqual([200]);
      for (const out of [browser, phone.browser])
        expect((await out.get("/me")).body.reason).toBe("signed_out");
      expect((await bob.browser.get("/me")).status).toBe(200);
    });

    it("so is the session that took the place of theirs", async () => {
      const site = listeningSite(provider, { strategy, accounts: open() });
      const { browser, sid, visitor } = await arrived(site);
      const { user } = (await browser.get("/session")).body;
      const step = await travel(browser, {}, { query: "?stepUp", visitor });
      await arrive(step);
      const { session } = (await browser.get("/session")).body;
      expect([session.userId, session.sid === sid]).toEqual([user.id, false]);
      const token = await logoutToken(provider, site, { sid: await providerSidOf(site, session.sid) });
      expect((await tell(site, token)).status).toBe(200);
      expect((await browser.get("/me")).body.reason).toBe("signed_out");
    });
  },
);

describe.each(strategies)(
  "LO-01: a %s session that has idled and can be resumed by a password",
  (strategy) => {
    const { password: secret } = ada;

    /** Somebody with a password and an account at the provider, who signed in there and has idled. */
    async function idled(): Promise<{ site: Site; browser: Browser; providerSid: string }> {
      const site = listeningSite(provider, { strategy, session: { preset: "aal2" } });
      const typed = await site.signedUp({ email: "typed@example.com" });
      const { body } = await typed.post("/link/acme");
      const visitor = new ProviderVisitor();
      const { url } = body as unknown as { readonly url: string };
      await arrive({ browser: typed, answer: await visitor.visit(url) });
      const { browser, sid } = await arrived(site, "ada", visitor);
      const providerSid = await providerSidOf(site, sid);
      await site.pass(61 * 60_000);
      expect((await browser.get("/me")).body.reason).toBe("idle");
      return { site, browser, providerSid };
    }

    it("is not, once the provider has ended its own, however long ago", async () => {
      const { site, browser, providerSid } = await idled();
      expect((await tell(site, await logoutToken(provider, site, { sid: providerSid }))).status).toBe(200);
      await site.pass(60 * 60_000);
      const reply = await browser.post("/step-up", { password: secret });
      expect([reply.status, reply.code]).toEqual([401, "session_ended"]);
      expect((await browser.get("/me")).status).toBe(401);
    });

    it("ends after it was resumed, when the provider ends its own", async () => {
      const { site, browser, providerSid } = await idled();
      expect((await browser.post("/step-up", { password: secret })).status).toBe(200);
      expect((await browser.get("/me")).status).toBe(200);
      expect((await tell(site, await logoutToken(provider, site, { sid: providerSid }))).status).toBe(200);
      expect((await browser.get("/me")).body.reason).toBe("signed_out");
    });
  },
);

describe("T-32: what is no word of the provider", () => {
  const changes: Readonly<
    Record<
      string,
      readonly [claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>]
    >
  > = {
    "with a nonce": [{ nonce: "n" }],
    "that is older than two minutes": [{ iat: Math.floor(Date.now() / 1000) - 151 }],
    "whose time is past": [{ exp: Math.floor(Date.now() / 1000) - 40 }],
    "for another client": [{ aud: "other" }],
    "of another issuer": [{ iss: "https://evil.example" }],
    "of the same issuer with a slash": [{ iss: "/" }],
    "without an event": [{ events: undefined }],
    "of another event": [{ events: { "https://schemas.openid.net/secevent/risc/event-type/x": {} } }],
    "without an id": [{ jti: undefined }],
    "without session and subject": [{ sid: undefined, sub: undefined }],
    "of the type of an access token": [{}, { typ: "at+jwt" }],
    "with a header that must be understood": [{}, { crit: ["x"], x: 1 }],
    "with an unknown key": [{}, { kid: "unknown" }],
  };

  it.each(Object.keys(changes))("is refused, and ends nothing: a token %s", async (what) => {
    const site = listeningSite(provider);
    const { browser, sid } = await arrived(site);
    const [claims, header] = changes[what] ?? [{}];
    const given = claims["iss"] === "/" ? { ...claims, iss: `${provider.issuer}/` } : claims;
    const named = { sub: "ada", sid: await providerSidOf(site, sid) };
    expectRefused(await tell(site, await logoutToken(provider, site, { ...named, ...given }, header)));
    expect(site.events.at(-1)).toMatchObject({ type: "provider_logout_refused", provider: "acme" });
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("is refused if it is signed with another key, with none, or with what is public", async () => {
    const site = listeningSite(provider);
    const { browser, sid } = await arrived(site);
    const claims = { sub: "ada", sid: await providerSidOf(site, sid) };
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const ownKey = createPublicKey(privateKey).export({ format: "jwk" });
    const publicKey = createPublicKey(provider.key);
    const secrets = [
      publicKey.export({ type: "spki", format: "pem" }),
      publicKey.export({ type: "spki", format: "der" }),
      Buffer.from(JSON.stringify(publicKey.export({ format: "jwk" }))),
    ].map((one) => Buffer.from(one));
    const good = await logoutToken(provider, site, claims);
    const [, payload = ""] = good.split(".");
    const unsigned = Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString("base64url");
    const tokens = [
      await logoutToken(provider, site, claims, {}, privateKey),
      // A key that stands in the token itself is not looked at.
      await logoutToken(provider, site, claims, { jwk: ownKey, kid: undefined }, privateKey),
      ...(await Promise.all(
        secrets.map((secret) => logoutToken(provider, site, claims, { alg: "HS256" }, secret)),
      )),
      `${unsigned}.${payload}.`,
      `${unsigned}.${payload}.AAAA`,
      `${good.slice(0, -4)}AAAA`,
      "",
      "x",
    ];
    for (const token of tokens) expectRefused(await tell(site, token));
    expect((await browser.get("/me")).status).toBe(200);
    expect((await tell(site, good)).status).toBe(200);
  });

  it("is refused if it is another token of the provider's, such as an ID token", async () => {
    const site = listeningSite(provider);
    const { browser } = await arrived(site);
    const idTokens: string[] = [];
    const other = providerSite(provider, {
      acme: {
        fetch: async (url, init) => {
          const reply = await fetch(url, init);
          if (!url.endsWith("/token")) return reply;
          const text = await reply.text();
          idTokens.push((JSON.parse(text) as { id_token: string }).id_token);
          return new Response(text, reply);
        },
      },
    });
    await arrived(other);
    expect(idTokens).toHaveLength(1);
    for (const token of idTokens) expectRefused(await tell(site, token));
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("is refused the second time, also by another node, and ends no session that began since", async () => {
    const accounts = memory();
    const site = listeningSite(provider, { accounts, acme: { clientId: subjectClientId } });
    const { visitor } = await arrived(site);
    await visitor.signOut(`${provider.issuer}/session/end`);
    const token = provider.sent[0]?.token ?? "";
    await pass(site, 2000);
    const { browser } = await arrived(site);
    const node = providerSite(provider, { accounts, acme: { clientId: subjectClientId } });
    for (const one of [site, node]) expectRefused(await tell(one, token));
    expect((await browser.get("/me")).status).toBe(200);
    await site.pass(10 * 60_000);
    expectRefused(await tell(site, token));
  });

  it("says no more than that of a session that is not there", async () => {
    const site = listeningSite(provider);
    const { browser, sid } = await arrived(site);
    for (const claims of [
      { sid: "unknown" },
      { sub: "nobody" },
      { sub: "bob", sid: await providerSidOf(site, sid) },
    ]) {
      const { status, text } = await tell(site, await logoutToken(provider, site, claims));
      expect([status, text]).toEqual([200, "{}"]);
    }
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("is not heard at another provider's door", async () => {
    const site = listeningSite(provider);
    const { browser, sid } = await arrived(site);
    const token = await logoutToken(provider, site, { sid: await providerSidOf(site, sid) });
    for (const path of ["/backchannel-logout/other", "/backchannel-logout/password"])
      expect((await tell(site, token, path)).code).toBe("not_found");
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("costs the provider next to nothing, however often it is tried", async () => {
    const site = listeningSite(provider);
    const { browser, sid } = await arrived(site);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const named = { sid: await providerSidOf(site, sid) };
    const fetched = (): number => provider.asked.filter((path) => path === "/jwks").length;
    const before = fetched();
    const header = (i: number): object => ({ alg: "ES256", kid: `made-up-${i}` });
    for (let i = 0; i < 1000; i += 1) {
      const token = await logoutToken(provider, site, named, { ...header(i) }, privateKey);
      expect((await tell(site, token)).status).toBe(400);
    }
    expect(fetched() - before).toBeLessThanOrEqual(1);
    expect((await browser.get("/me")).status).toBe(200);
  });
});

describe("the door for logout tokens", () => {
  it("takes no notice of cookies, nor of where a request says that it comes from", async () => {
    const site = listeningSite(provider);
    const { browser, sid } = await arrived(site);
    const bob = await arrived(site, "bob");
    const token = await logoutToken(provider, site, { sid: await providerSidOf(site, sid) });
    const reply = await bob.browser.post("/backchannel-logout/acme", `logout_token=${token}`, {
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "cross-site",
      origin: "https://evil.example",
    });
    expect([reply.status, reply.cookies]).toEqual([200, []]);
    expect((await bob.browser.get("/me")).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(401);
  });

  it("asks for no CSRF token", async () => {
    const site = listeningSite(provider, { csrf: { token: true } });
    const { sid } = await arrived(site);
    const token = await logoutToken(provider, site, { sid: await providerSidOf(site, sid) });
    expect((await tell(site, token)).status).toBe(200);
  });

  it("takes a form with a token in it, and nothing else", async () => {
    const site = listeningSite(provider);
    const post = (body: string, type: string | null): Promise<Reply> =>
      site.browser().post("/backchannel-logout/acme", body, { "content-type": type });
    expect((await post("{}", "application/json")).code).toBe("unsupported_media_type");
    expect((await post("", "application/x-www-form-urlencoded")).code).toBe("invalid_input");
    expect((await site.browser().get("/backchannel-logout/acme")).code).toBe("method_not_allowed");
  });

  it("is not there where sessions cannot be ended", async () => {
    const accounts = memory();
    const site = providerSite(provider, { strategy: "stateless", revocations: "none", accounts });
    const token = await logoutToken(provider, site, { sub: "ada" });
    expect((await tell(site, token)).code).toBe("not_found");
  });

  it("has the provider try again while the store is away, and then does it", async () => {
    const site = listeningSite(provider);
    const { browser, sid } = await arrived(site);
    const token = await logoutToken(provider, site, { sid: await providerSidOf(site, sid) });
    site.outage.sessions = true;
    const refused = await tell(site, token);
    expect([refused.status, refused.code]).toEqual([503, "store_unavailable"]);
    site.outage.sessions = false;
    expect((await tell(site, token)).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(401);
  });

  it("does not take the next try for a replay where the store failed in the middle", async () => {
    const accounts = memory();
    const { revoke } = accounts.sessions;
    let fails = true;
    accounts.sessions.revoke = (...given) => {
      if (fails) throw new SojournError("store_unavailable");
      return revoke.apply(accounts.sessions, given);
    };
    const site = listeningSite(provider, { accounts });
    const { browser, sid } = await arrived(site);
    const token = await logoutToken(provider, site, { sid: await providerSidOf(site, sid) });
    expect((await tell(site, token)).status).toBe(503);
    fails = false;
    expect((await tell(site, token)).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(401);
    expectRefused(await tell(site, token));
  });

  it("has the provider try again while its own keys cannot be had", async () => {
    const site = listeningSite(provider);
    const { browser, sid } = await arrived(site);
    const token = await logoutToken(provider, site, { sid: await providerSidOf(site, sid) });
    const fresh = listeningSite(provider, { accounts: site.accounts });
    provider.intercept = (_request, response) => {
      response.writeHead(503).end();
      return true;
    };
    const refused = await tell(fresh, token);
    expect([refused.status, refused.code]).toEqual([503, "oauth_provider_unavailable"]);
    provider.intercept = null;
    expect((await tell(fresh, token)).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(401);
  });
});

describe("a sign-in that is on its way while the provider ends its session", () => {
  it.each([
    ["the session", {}],
    ["everything of its subject", { clientId: subjectClientId }],
  ])("makes no session, if that was the end of %s", async (_what, acme) => {
    const accounts = memory();
    const { entries } = accounts;
    if (entries === undefined) return;
    const { add } = entries;
    const site = listeningSite(provider, { accounts, acme });
    const journey = await travel(site.browser());
    let told: Reply | null = null;
    entries.add = async (entry, now) => {
      if (entry.space === "provider-session" && told === null) {
        const { providerSid } = entry.value as { readonly providerSid: string | null };
        const claims =
          providerSid === null ? { sub: "ada", aud: subjectClientId } : { sub: "ada", sid: providerSid };
        // By the provider's clock, which goes on while ours stands.
        const iat = Math.floor(Date.now() / 1000);
        told = await tell(site, await logoutToken(provider, site, { ...claims, iat, exp: iat + 120 }));
      }
      return add.call(entries, entry, now);
    };
    const reply = await arrive(journey);
    expect((told as Reply | null)?.status).toBe(200);
    expect(sentTo(reply)).toBe("/?error=session_ended");
    expect((await journey.browser.get("/session")).body).toBe(null);
    const [user] = site.events.flatMap((event) => (event.type === "session_created" ? [event.userId] : []));
    expect(await site.auth.sessions.list(user ?? "")).toEqual([]);
    await pass(site, 2000);
    expect((await arrive(await travel(journey.browser))).status).toBe(303);
    expect((await journey.browser.get("/me")).status).toBe(200);
  });
});

describe("a network that forges logout tokens (T-32)", () => {
  it("is refused after a hundred of them; the provider itself never", async () => {
    const site = listeningSite(provider);
    const from = (ip: string, token: string): Promise<Reply> =>
      site.send(
        new Request(`${origin}/auth/backchannel-logout/acme`, {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: new URLSearchParams({ logout_token: token }),
        }),
        { ip },
      );
    const answers = [];
    for (let round = 0; round < 101; round += 1) answers.push((await from("198.51.100.9", "x")).status);
    expect(answers).toEqual([...Array.from({ length: 100 }, () => 400), 429]);
    for (let round = 0; round < 105; round += 1) {
      const token = await logoutToken(provider, site, { sub: "ada" });
      expect((await from("192.0.2.9", token)).status).toBe(200);
    }
  });
});

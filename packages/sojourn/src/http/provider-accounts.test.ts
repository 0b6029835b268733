import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ProviderUrlReply, IdentityListReply } from "../contract/provider-types.ts";
import { createKeyRing } from "../crypto/key-ring.ts";
import { createSealer } from "../crypto/seal.ts";
import { ProviderEndings } from "../accounts/provider-endings.ts";
import { ProviderSessions } from "../accounts/provider-sessions.ts";
import { oauth, oidc } from "../login/oauth/index.ts";
import {
  clientId,
  clientSecret,
  startProvider,
  testClient,
  type TestProvider,
} from "../login/oauth/openid-provider.fixture.ts";
import { ProviderVisitor } from "../login/oauth/provider-visitor.fixture.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import { memory } from "../stores/memory/index.ts";
import type { Browser } from "./browser.fixture.ts";
import {
  ada,
  cookieName,
  createSite,
  origin,
  type Site,
  strategies,
  testSecret,
} from "./http-test-kit.fixture.ts";
import { arrive, providerSite, sentTo, signInAt, travel, type Way } from "./provider-test-kit.fixture.ts";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider({ clients: [testClient(origin)] });
  for (const name of ["ada", "bob", "carol"])
    provider.users.set(name, { email: `${name}@provider.example`, email_verified: true, name });
});
afterAll(() => provider.close());
afterEach(() => {
  provider.intercept = null;
});

const minute = 60_000;
const { password } = ada;
const identities = async (browser: Browser): Promise<IdentityListReply["identities"]> =>
  ((await browser.get("/identities")).body as unknown as IdentityListReply).identities;

/** Adds an account at the provider to whoever is signed in. */
async function link(browser: Browser, as: string, way: Pick<Way, "visitor"> = {}): Promise<string | null> {
  const { status, body, text } = await browser.post("/link/acme", { returnTo: "/settings" });
  expect(status, text).toBe(200);
  const visitor = way.visitor ?? new ProviderVisitor();
  const answer = await visitor.visit((body as unknown as ProviderUrlReply).url, { as });
  return sentTo(await arrive({ browser, answer }));
}

describe.each(strategies)("linking an account at a provider (%s)", (strategy) => {
  it("lets its user sign in there too, and tells of it", async () => {
    const site = providerSite(provider, { strategy });
    const browser = await site.signedUp();
    site.eventTypes();
    expect(await link(browser, "bob")).toBe("/settings");
    expect(site.eventTypes()).toEqual(["identity_linked"]);
    expect(await identities(browser)).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{43}$/) as string,
        provider: "acme",
        email: "bob@provider.example",
        name: "bob",
        linkedAt: new Date(site.clock.now()).toISOString(),
      },
    ]);
    const { id } = (await browser.get("/me")).body;
    const phone = site.browser();
    await signInAt(phone, { as: "bob" });
    expect((await phone.get("/me")).body.id).toBe(id);
    // Once more changes nothing.
    expect(await link(browser, "bob")).toBe("/settings");
    expect(await identities(browser)).toHaveLength(1);
  });
});

describe("linking", () => {
  it("needs a session that was confirmed lately", async () => {
    const site = providerSite(provider);
    const browser = await site.signedUp();
    await site.pass(5 * minute + 1);
    const stale = await browser.post("/link/acme");
    expect([stale.status, stale.code, stale.cookies]).toEqual([403, "step_up_required", []]);
    await browser.post("/step-up", { password });
    expect((await browser.post("/link/acme")).status).toBe(200);
    expect((await site.browser().post("/link/acme")).code).toBe("unauthenticated");
  });

  it("sends a form to the provider, and is refused from elsewhere (CS-03)", async () => {
    const site = providerSite(provider);
    const browser = await site.signedUp();
    const reply = await browser.submit("/link/acme", { returnTo: "/settings" });
    expect([reply.status, new URL(sentTo(reply) ?? "").origin]).toEqual([303, provider.issuer]);
    const evil = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
    expect((await browser.post("/link/acme", {}, evil)).code).toBe("csrf_refused");
  });

  it("does not take an account that is somebody else's", async () => {
    const site = providerSite(provider);
    await signInAt(site.browser(), { as: "bob" });
    const browser = await site.signedUp();
    expect(await link(browser, "bob")).toBe("/?error=identity_taken");
    expect(await identities(browser)).toEqual([]);
  });

  it("that was begun by one user is not finished for the next one in this browser", async () => {
    const site = providerSite(provider);
    const browser = await site.signedUp();
    const { body } = await browser.post("/link/acme");
    const answer = await new ProviderVisitor().visit((body as unknown as ProviderUrlReply).url, {
      as: "bob",
    });
    await browser.post("/sign-up/password", { ...ada, email: "next@example.com" });
    expect(sentTo(await arrive({ browser, answer }))).toBe("/?error=oauth_identity_mismatch");
    expect(await identities(browser)).toEqual([]);
  });

  it("is over with the session that began it", async () => {
    const site = providerSite(provider);
    const browser = await site.signedUp();
    const { body } = await browser.post("/link/acme");
    const answer = await new ProviderVisitor().visit((body as unknown as ProviderUrlReply).url, {
      as: "bob",
    });
    await browser.post("/sign-out");
    expect(sentTo(await arrive({ browser, answer }))).toBe("/?error=unauthenticated");
  });

  it("also works where the session's cookie stays away from what other sites send", async () => {
    const site = providerSite(provider, { cookie: { sameSite: "strict" } });
    const browser = await site.signedUp();
    const { body, cookies } = await browser.post("/link/acme");
    expect(cookies[0]).toContain("SameSite=Lax");
    const answer = await new ProviderVisitor().visit((body as unknown as ProviderUrlReply).url, {
      as: "bob",
    });
    const session = browser.jar.get(cookieName);
    browser.jar.delete(cookieName);
    expect(sentTo(await arrive({ browser, answer }))).toBe("/");
    if (session !== undefined) browser.jar.set(cookieName, session);
    expect(await identities(browser)).toHaveLength(1);
  });
});

describe("unlinking an account at a provider", () => {
  it("takes it away, from its own user alone", async () => {
    const site = providerSite(provider);
    const browser = await site.signedUp();
    await link(browser, "bob");
    const id = (await identities(browser))[0]?.id ?? "";
    const other = await site.signedUp({ email: "other@example.com" });
    expect((await other.delete(`/identities/${id}`)).code).toBe("identity_not_found");
    expect((await browser.delete("/identities/unknown")).code).toBe("identity_not_found");
    site.eventTypes();
    expect((await browser.delete(`/identities/${id}`)).body).toEqual({ unlinked: 1 });
    expect(site.eventTypes()).toEqual(["identity_unlinked"]);
    expect(await identities(browser)).toEqual([]);
    const phone = site.browser();
    await signInAt(phone, { as: "bob" });
    expect((await phone.get("/me")).body.id).not.toBe((await browser.get("/me")).body.id);
  });

  it("leaves the last way to sign in, and needs a fresh session", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    await signInAt(browser, { as: "bob" });
    const id = (await identities(browser))[0]?.id ?? "";
    expect((await browser.delete(`/identities/${id}`)).code).toBe("last_sign_in_method");
    expect(await identities(browser)).toHaveLength(1);
    await site.pass(5 * minute + 1);
    expect((await browser.delete(`/identities/${id}`)).code).toBe("step_up_required");
  });
});

describe.each(strategies)("confirming a session at a provider (%s)", (strategy) => {
  it("makes it fresh, with the provider asking anew, and every old credential dead", async () => {
    const site = providerSite(provider, { strategy });
    const browser = site.browser();
    const visitor = new ProviderVisitor();
    await signInAt(browser, { as: "bob" }, { visitor });
    await browser.get("/session");
    await site.pass(6 * minute);
    const old = browser.copy();
    const before = (await browser.get("/session")).body.session;
    expect((await browser.post("/link/acme")).code).toBe("step_up_required");

    // The provider's clock went on by itself, so ours has to be where it is.
    site.clock.jumpTo(Date.now());
    const reply = await signInAt(browser, { as: "bob" }, { visitor, query: "?stepUp&returnTo=/settings" });
    expect(sentTo(reply)).toBe("/settings");
    const { session } = (await browser.get("/session")).body;
    expect(session.sid).not.toBe(before.sid);
    expect(session.userId).toBe(before.userId);
    expect(Math.abs(Date.parse(session.authTime) - Date.now())).toBeLessThan(30_000);
    expect((await browser.post("/link/acme")).status).toBe(200);
    expect((await old.get("/me")).body).toMatchObject({ code: "session_ended", reason: "superseded" });
  });
});

describe("confirming a session", () => {
  it("by somebody else's account at the provider changes nothing", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    await signInAt(browser, { as: "bob" });
    const before = browser.cookie;
    const reply = await signInAt(browser, { as: "carol" }, { query: "?stepUp" });
    expect(sentTo(reply)).toBe("/?error=oauth_identity_mismatch");
    expect(browser.cookie).toBe(before);
    expect((await browser.get("/me")).body.name).toBe("bob");
  });

  it("cannot be done by taking the question out of the provider's URL", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    const visitor = new ProviderVisitor();
    await signInAt(browser, { as: "bob" }, { visitor });
    const before = browser.cookie;
    const url = new URL(sentTo(await browser.get("/sign-in/acme?stepUp")) ?? "");
    url.searchParams.delete("prompt");
    url.searchParams.delete("max_age");
    const answer = await visitor.visit(url.href, { as: "bob" });
    expect(sentTo(await arrive({ browser, answer }))).toBe("/?error=step_up_required");
    expect(browser.cookie).toBe(before);
  });

  it("is for those who are signed in, with an account there", async () => {
    const site = providerSite(provider);
    expect((await site.browser().get("/sign-in/acme?stepUp")).code).toBe("unauthenticated");
    const browser = await site.signedUp();
    expect((await browser.get("/sign-in/acme?stepUp=true")).code).toBe("account_not_linked");
    expect((await browser.get("/sign-in/acme?stepUp=maybe")).code).toBe("invalid_input");
  });

  it("asks for the address that is known there", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    await signInAt(browser, { as: "bob" });
    const url = new URL(sentTo(await browser.get("/sign-in/acme?stepUp")) ?? "");
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      prompt: "login",
      max_age: "0",
      login_hint: "bob@provider.example",
    });
  });

  it("is not to be had from a provider that does not say when it asked", async () => {
    const endpoints = {
      authorizationEndpoint: "https://old.example/authorize",
      tokenEndpoint: "https://old.example/token",
      userinfoEndpoint: "https://old.example/user",
    };
    const profile = () => ({ subject: "1", email: null, emailVerified: false, name: null });
    const login = [oauth({ name: "old", clientId: "us", ...endpoints, profile })];
    const site = createSite("stateful", { login });
    expect((await site.browser().get("/sign-in/old?stepUp")).code).toBe("not_found");
  });
});

describe("what a session says of its sign-in", () => {
  it("counts the sign-in itself as the proof where the provider does not say when it asked", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    await signInAt(browser, { as: "bob" });
    const { session } = (await browser.get("/session")).body;
    expect(session).toMatchObject({ authTime: session.createdAt, amr: [], acr: null });
  });

  it("is no fresher than the provider's word", async () => {
    const client = { ...testClient(origin), require_auth_time: true };
    const honest = await startProvider({ clients: [client] });
    honest.users.set("bob", { email: "bob@provider.example", email_verified: true });
    const site = providerSite(honest);
    const visitor = new ProviderVisitor();
    await signInAt(site.browser(), { as: "bob" }, { visitor });
    const asked = Math.floor(Date.now() / 1000) * 1000;
    const browser = site.browser();
    const journey = await travel(browser, { as: "bob" }, { visitor });
    site.clock.jumpTo(Date.now() + 20_000);
    await arrive(journey);
    const { session } = (await browser.get("/session")).body;
    expect(Math.abs(Date.parse(session.authTime) - asked)).toBeLessThan(10_000);
    expect(Date.parse(session.createdAt) - Date.parse(session.authTime)).toBeGreaterThan(10_000);
    await honest.close();
  });
});

describe("what is kept of a session that came from a provider", () => {
  function kept(site: Site): ProviderSessions {
    const { accounts, clock } = site;
    const entries = (accounts as { entries?: EntryStore }).entries as EntryStore;
    const sealer = createSealer(createKeyRing([testSecret]), "provider-secret");
    return new ProviderSessions(entries, sealer, clock, new ProviderEndings(entries, clock));
  }

  it("is whose it is there, and the ID token, sealed, until the session's end", async () => {
    const client = {
      ...testClient(origin),
      backchannel_logout_uri: `${origin}/logout`,
      backchannel_logout_session_required: true,
    };
    const own = await startProvider({
      clients: [client],
      configuration: { features: { backchannelLogout: { enabled: true } } },
    });
    own.users.set("bob", { email: "bob@provider.example", email_verified: true });
    const accounts = memory();
    const site = providerSite(own, { accounts });
    const browser = site.browser();
    await signInAt(browser, { as: "bob" });
    const { sid } = (await browser.get("/session")).body.session;
    const found = await kept(site).find(sid);
    expect(found).toMatchObject({
      provider: "acme",
      issuer: own.issuer,
      subject: "bob",
      providerSid: expect.any(String) as string,
      idToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
    });
    const page = { limit: 10, after: null };
    const entries = (await accounts.entries?.list("provider-session", null, site.clock.now(), page)) ?? [];
    expect(JSON.stringify(entries)).not.toContain(found?.idToken);
    expect(entries[0]?.expiresAt).toBe(site.clock.now() + 30 * 86_400_000);
    await own.close();
  });

  it("goes along when another session takes its place", async () => {
    const site = providerSite(provider);
    const browser = await site.signedUp();
    await link(browser, "bob");
    await signInAt(browser, { as: "bob" });
    const before = (await browser.get("/session")).body.session.sid;
    await browser.post("/step-up", { password });
    const { sid } = (await browser.get("/session")).body.session;
    expect(sid).not.toBe(before);
    expect(await kept(site).find(sid)).toEqual(await kept(site).find(before));
    expect((await kept(site).find(sid))?.subject).toBe("bob");
  });

  it("is nothing for sessions that came from elsewhere", async () => {
    const site = providerSite(provider);
    const browser = await site.signedUp();
    expect(await kept(site).find((await browser.get("/session")).body.session.sid)).toBe(null);
  });
});

describe("tokens that are kept for the app", () => {
  const stores = {
    acme: {
      storeTokens: true,
      scopes: ["openid", "email", "offline_access"],
      authorizationParams: { prompt: "consent" },
    },
  };

  it("call the provider, are renewed, and go with the account", async () => {
    const site = providerSite(provider, stores);
    const browser = await site.signedUp();
    const userId = (await browser.get("/me")).body.id;
    expect(await site.auth.accounts.token(userId, "acme")).toBe(null);
    await link(browser, "bob");
    const first = await site.auth.accounts.token(userId, "acme");
    const me = await fetch(`${provider.issuer}/me`, {
      headers: { authorization: `Bearer ${first?.accessToken}` },
    });
    expect(await me.json()).toMatchObject({ sub: "bob" });

    site.clock.jumpTo(site.clock.now() + 3_600_000);
    const [second, same] = await Promise.all([
      site.auth.accounts.token(userId, "acme"),
      site.auth.accounts.token(userId, "acme"),
    ]);
    expect(second?.accessToken).not.toBe(first?.accessToken);
    expect(same).toEqual(second);

    const id = (await site.auth.accounts.list(userId))[0]?.id ?? "";
    expect(await site.auth.accounts.unlink(userId, id)).toBe(true);
    expect(await site.auth.accounts.token(userId, "acme")).toBe(null);
  });

  it("are not kept unless they are asked for", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    await signInAt(browser, { as: "bob" });
    const userId = (await browser.get("/me")).body.id;
    expect(await site.auth.accounts.token(userId, "acme")).toBe(null);
    await expect(site.auth.accounts.token(userId, "nope")).rejects.toMatchObject({ code: "not_found" });
  });

  it("are forgotten with their user", async () => {
    const accounts = memory();
    const site = providerSite(provider, { ...stores, accounts });
    const browser = site.browser();
    await signInAt(browser, { as: "bob" });
    const userId = (await browser.get("/me")).body.id;
    await accounts.users.remove(userId);
    expect(await site.auth.accounts.token(userId, "acme")).toBe(null);
    const page = { limit: 10, after: null };
    for (const space of ["provider-token", "identity"])
      expect(await accounts.entries?.list(space, userId, site.clock.now(), page), space).toEqual([]);
  });
});

describe("an app with users of its own", () => {
  it("says itself who signs in, needs no store, and hears of each sign-in", async () => {
    const asked: string[] = [];
    const users = { findById: (id: string) => ({ id, name: "Bob of ours" }) };
    const own = createSite("stateless", {
      startAt: Date.now(),
      store: undefined as never,
      users: users as never,
      jwt: { fields: ["name"] },
      login: [
        oidc({
          name: "acme",
          issuer: provider.issuer,
          clientId,
          clientSecret,
          account: ({ subject, email, emailVerified }) => {
            asked.push(`${subject} ${email} ${emailVerified}`);
            return subject === "bob" ? "users/7" : null;
          },
        }),
      ],
    });
    const browser = own.browser();
    expect(sentTo(await signInAt(browser, { as: "bob" }))).toBe("/");
    expect((await browser.get("/me")).body).toMatchObject({ id: "users/7", name: "Bob of ours" });
    expect(sentTo(await signInAt(own.browser(), { as: "carol" }))).toBe("/?error=sign_in_denied");
    expect(asked).toEqual(["bob bob@provider.example true", "carol carol@provider.example true"]);
  });
});

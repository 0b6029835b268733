import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { oidc } from "../login/oauth/index.ts";
import {
  clientId,
  clientSecret,
  startProvider,
  testClient,
  type TestProvider,
} from "../login/oauth/openid-provider.fixture.ts";
import { ProviderVisitor } from "../login/oauth/provider-visitor.fixture.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, cookieName, origin, type Site } from "./http-test-kit.fixture.ts";
import { arrive, type Journey, providerSite, sentTo, signInAt, travel } from "./provider-test-kit.fixture.ts";

let provider: TestProvider;
beforeAll(async () => {
  const both = testClient(origin);
  provider = await startProvider({
    clients: [{ ...both, redirect_uris: [...(both.redirect_uris ?? []), `${origin}/auth/callback/other`] }],
  });
  for (const name of ["ada", "bob", "mallory"])
    provider.users.set(name, { email: `${name}@example.com`, email_verified: true, name });
});
afterAll(() => provider.close());
afterEach(() => {
  provider.intercept = null;
});

/** Names of the cookies of sign-ins that are under way. */
const underWay = (browser: Browser): string[] =>
  [...browser.jar.keys()].filter((name) => name.includes("-login-"));

/** Who is signed in, by the name at the provider. */
const who = async (browser: Browser): Promise<string | null> =>
  (await browser.get("/session")).body?.user.name ?? null;

/** What came back, with something changed. */
function changed({ browser, visitor, answer }: Journey, parameter: string, value: string | null): Journey {
  const url = new URL(answer.url);
  if (value === null) url.searchParams.delete(parameter);
  else url.searchParams.set(parameter, value);
  return { browser, visitor, answer: { url, form: answer.form } };
}

async function expectRefused(site: Site, journey: Journey, code: string): Promise<void> {
  site.eventTypes();
  const reply = await arrive(journey);
  expect([reply.status, sentTo(reply)]).toEqual([303, `/?error=${code}`]);
  expect(journey.browser.value(cookieName)).toBe("");
  expect(site.events.at(-1)).toMatchObject({ type: "authn_login_fail", method: "acme", code });
}

describe("an answer that was tampered with (OA-15)", () => {
  it.each<[string, string | null, string]>([
    ["state", "x".repeat(43), "oauth_transaction_missing"],
    ["state", "", "oauth_transaction_missing"],
    ["state", null, "oauth_transaction_missing"],
    ["state", "../../etc/passwd", "oauth_transaction_missing"],
    ["iss", "https://evil.example", "oauth_provider_error"],
    ["iss", null, "oauth_provider_error"],
    ["code", "not-the-code", "oauth_provider_error"],
    ["code", null, "oauth_provider_error"],
  ])("in %s = %s makes no session", async (parameter, value, code) => {
    const site = providerSite(provider);
    await expectRefused(site, changed(await travel(site.browser()), parameter, value), code);
  });

  it("by saying a thing twice makes no session", async () => {
    for (const parameter of ["state", "code", "iss"]) {
      const site = providerSite(provider);
      const journey = await travel(site.browser());
      journey.answer.url.searchParams.append(parameter, "another");
      const code = parameter === "state" ? "oauth_transaction_missing" : "oauth_provider_error";
      await expectRefused(site, journey, code);
    }
  });

  it("with the code of another sign-in fails at the code verifier (code injection, RFC 9700 §4.5)", async () => {
    const site = providerSite(provider);
    const mallory = await travel(site.browser(), { as: "mallory" });
    const victim = await travel(site.browser());
    const stolen = mallory.answer.url.searchParams.get("code");
    await expectRefused(site, changed(victim, "code", stolen), "oauth_provider_error");
  });

  it("in its cookie makes no session", async () => {
    const site = providerSite(provider);
    const journey = await travel(site.browser());
    const [name = ""] = underWay(journey.browser);
    const kept = journey.browser.jar.get(name);
    const value = `${kept?.value.slice(0, -4)}AAAA`;
    journey.browser.jar.set(name, { value, attributes: [] });
    await expectRefused(site, journey, "oauth_transaction_missing");
  });

  it("by giving one sign-in the cookie of another makes no session", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    const first = await travel(browser, { as: "ada" });
    const [one = ""] = underWay(browser);
    await travel(browser, { as: "bob" });
    const [, two = ""] = underWay(browser);
    const swapped = browser.jar.get(two);
    if (swapped !== undefined) browser.jar.set(one, swapped);
    await expectRefused(site, first, "oauth_transaction_missing");
  });
});

describe("a callback that is not this browser's (SC-19, T-07)", () => {
  it("makes no session in a browser that has begun another sign-in", async () => {
    const site = providerSite(provider);
    const mallory = await travel(site.browser(), { as: "mallory" });
    const victim = await travel(site.browser());
    await expectRefused(site, { ...victim, answer: mallory.answer }, "oauth_transaction_missing");
    // The victim's own sign-in is not disturbed.
    await arrive(victim);
    expect(await who(victim.browser)).toBe("ada");
  });

  it("signs nobody out and nobody over, in a browser that is signed in", async () => {
    const site = providerSite(provider);
    const mallory = await travel(site.browser(), { as: "mallory" });
    const browser = site.browser();
    await signInAt(browser);
    const before = browser.cookie;
    const reply = await arrive({ browser, answer: mallory.answer });
    expect(sentTo(reply)).toBe("/?error=oauth_transaction_missing");
    expect(browser.cookie).toBe(before);
    expect(await who(browser)).toBe("ada");
  });

  it("of a provider makes no session at the callback of another (mix-up)", async () => {
    const { issuer } = provider;
    const login = ["acme", "other"].map((name) => oidc({ name, issuer, clientId, clientSecret }));
    const site = providerSite(provider, { login });
    const journey = await travel(site.browser());
    journey.answer.url.pathname = "/auth/callback/other";
    const reply = await arrive(journey);
    expect(sentTo(reply)).toBe("/?error=oauth_state_invalid");
    expect(journey.browser.jar.size).toBe(0);
  });

  it("is a problem document for a program", async () => {
    const site = providerSite(provider);
    const { answer } = await travel(site.browser());
    const path = `/callback/acme${answer.url.search}`;
    const { status, code } = await site.browser().get(path, { accept: "application/json" });
    expect([status, code]).toEqual([400, "oauth_transaction_missing"]);
  });
});

describe("a callback that comes again", () => {
  it("makes no second session: from the back button, or with a copy of the cookie (replay)", async () => {
    const site = providerSite(provider);
    const journey = await travel(site.browser());
    const thief = journey.browser.copy();
    await arrive(journey);
    expect(await who(journey.browser)).toBe("ada");
    const calls = provider.asked.length;

    const again = await arrive(journey);
    expect(sentTo(again)).toBe("/?error=oauth_transaction_missing");
    expect(await who(journey.browser)).toBe("ada");
    expect(sentTo(await arrive({ browser: thief, answer: journey.answer }))).toBe(
      "/?error=oauth_transaction_missing",
    );
    expect(thief.value(cookieName)).toBe("");
    // The provider was not even asked.
    expect(provider.asked.length).toBe(calls);
  });

  it("at the same time makes one session", async () => {
    const site = providerSite(provider);
    const journey = await travel(site.browser());
    const twins = [journey.browser.copy(), journey.browser.copy(), journey.browser.copy()];
    const replies = await Promise.all(twins.map((browser) => arrive({ browser, answer: journey.answer })));
    expect(replies.map((reply) => sentTo(reply)).toSorted()).toEqual([
      "/",
      "/?error=oauth_transaction_missing",
      "/?error=oauth_transaction_missing",
    ]);
  });

  it("is not used up by asking for its headers", async () => {
    const site = providerSite(provider);
    const journey = await travel(site.browser());
    const path = `/callback/acme${journey.answer.url.search}`;
    expect((await journey.browser.send("HEAD", path)).status).toBe(405);
    await arrive(journey);
    expect(await who(journey.browser)).toBe("ada");
  });

  it("after more than ten minutes is too late", async () => {
    const site = providerSite(provider);
    const journey = await travel(site.browser());
    site.clock.jumpTo(site.clock.now() + 600_000);
    await expectRefused(site, journey, "oauth_transaction_missing");
  });
});

describe("several sign-ins at once", () => {
  it("in one browser do not disturb each other, in whatever order they come back", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    const first = await travel(browser, { as: "ada" }, { query: "?returnTo=/one" });
    const second = await travel(browser, { as: "bob" }, { query: "?returnTo=/two" });
    expect(underWay(browser)).toHaveLength(2);
    expect(sentTo(await arrive(second))).toBe("/two");
    expect(await who(browser)).toBe("bob");
    expect(underWay(browser)).toHaveLength(1);
    expect(sentTo(await arrive(first))).toBe("/one");
    expect(await who(browser)).toBe("ada");
    expect(underWay(browser)).toEqual([]);
    // As with every sign-in, the session this browser had before is over.
    expect(site.events.filter(({ type }) => type === "session_ended")).toMatchObject([
      { reason: "superseded" },
    ]);
  });

  it("of different people in different browsers stay theirs", async () => {
    const site = providerSite(provider);
    const names = ["ada", "bob", "mallory"];
    const browsers = await Promise.all(
      names.map(async (as) => {
        const browser = site.browser();
        await signInAt(browser, { as });
        return browser;
      }),
    );
    expect(await Promise.all(browsers.map((browser) => who(browser)))).toEqual(names);
  });

  it("of one new person in several browsers make one user", async () => {
    const site = providerSite(provider);
    const browsers = [site.browser(), site.browser(), site.browser()];
    const journeys = await Promise.all(browsers.map((browser) => travel(browser)));
    await Promise.all(journeys.map((journey) => arrive(journey)));
    const ids = await Promise.all(browsers.map(async (browser) => (await browser.get("/me")).body.id));
    expect(new Set(ids).size).toBe(1);
    expect(site.events.filter(({ type }) => type === "user_created")).toHaveLength(1);
  });

  it("are five at most; of more the oldest go", async () => {
    const site = providerSite(provider);
    const browser = site.browser();
    const journeys: Journey[] = [];
    for (let i = 0; i < 6; i += 1) {
      journeys.push(await travel(browser));
      await site.clock.advance(1);
    }
    expect(underWay(browser)).toHaveLength(5);
    expect(sentTo(await arrive(journeys[0] as Journey))).toBe("/?error=oauth_transaction_missing");
    expect(sentTo(await arrive(journeys[1] as Journey))).toBe("/");
  });

  it("whose cookies somebody planted are taken away without end neither of ours nor of the header", async () => {
    const site = providerSite(provider);
    const planted = Array.from(
      { length: 60 },
      (_, i) => `${cookieName}-login-${String(i).padStart(22, "A")}=x`,
    );
    const odd = [`${cookieName}-login-short=x`, `${cookieName}-login-${"=".repeat(22)}`];
    const { status, cookies } = await site
      .browser()
      .get("/sign-in/acme", { cookie: [...planted, ...odd].join("; ") });
    expect(status).toBe(303);
    expect(cookies).toHaveLength(11);
    for (const cookie of cookies.slice(1)) expect(cookie).toMatch(/-login-A+\d+=; .*Max-Age=0$/);
  });
});

describe("a provider that misbehaves", () => {
  it("by signing with a key of today's is understood", async () => {
    const own = await startProvider({ clients: [testClient(origin)] });
    own.users.set("ada", { email: "ada@example.com", email_verified: true, name: "ada" });
    const site = providerSite(own);
    expect(sentTo(await signInAt(site.browser()))).toBe("/");
    own.rotateKeys();
    expect(sentTo(await signInAt(site.browser()))).toBe("/");
    await own.close();
  });

  it("by telling of somebody else at its userinfo endpoint signs nobody in", async () => {
    const site = providerSite(provider);
    const journey = await travel(site.browser());
    provider.intercept = (request, response) => {
      if (request.url !== "/me") return false;
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ sub: "bob", email: "bob@example.com", email_verified: true }));
      return true;
    };
    await expectRefused(site, journey, "oauth_provider_error");
  });

  it.each<[string, number, string, string]>([
    ["a page where a token should be", 200, "<html>", "oauth_provider_error"],
    ["an error of its own", 500, "{}", "oauth_provider_unavailable"],
    ["a redirect", 307, "", "oauth_provider_error"],
  ])(
    "by answering %s signs nobody in, and the log says why without a secret",
    async (_what, status, body, code) => {
      const site = providerSite(provider);
      const journey = await travel(site.browser());
      provider.intercept = (request, response) => {
        if (request.url !== "/token") return false;
        response.writeHead(status, { "Content-Type": "text/html", Location: "https://evil.example" });
        response.end(body);
        return true;
      };
      await expectRefused(site, journey, code);
      const logged = JSON.stringify(site.logs);
      expect(logged).toContain(`sojourn: ${code}`);
      for (const secret of [clientSecret, ...journey.answer.url.searchParams.values()].filter(
        (one) => !one.startsWith("http"),
      ))
        expect(logged).not.toContain(secret);
    },
  );

  it("by being away is told before anybody is sent there", async () => {
    const gone = await startProvider({ clients: [testClient(origin)] });
    const site = providerSite(gone);
    await gone.close();
    const { status, code, headers, cookies } = await site.browser().get("/sign-in/acme");
    expect([status, code, headers.get("retry-after"), cookies]).toEqual([
      503,
      "oauth_provider_unavailable",
      "5",
      [],
    ]);
  });
});

describe("somebody who would take over an account", () => {
  it("does not get into one by an address that the provider has not verified", async () => {
    const site = providerSite(provider, { acme: { linkByEmail: true } });
    provider.users.set("impostor", { email: ada.email, email_verified: false, name: "impostor" });
    await site.signedUp();
    const browser = site.browser();
    expect(sentTo(await signInAt(browser, { as: "impostor" }))).toBe("/?error=account_not_linked");
    expect(browser.jar.size).toBe(0);
  });

  it("does not keep a key to one by signing up with a stranger's address first", async () => {
    const site = providerSite(provider, { acme: { linkByEmail: true } });
    // Mallory types Ada's address; nobody has verified it.
    const mallory = await site.signedUp({ email: "ada@example.com" });
    const browser = site.browser();
    expect(sentTo(await signInAt(browser))).toBe("/?error=account_not_linked");
    expect(await who(mallory)).toBe("Ada");
    expect((await mallory.get("/identities")).body).toEqual({ identities: [] });
  });

  it("is not sent elsewhere, nor sends anybody there (T-08, CS-08)", async () => {
    const site = providerSite(provider);
    for (const target of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "/%09/evil.example",
      "javascript:alert(1)",
      "https://app.example@evil.example",
      "\thttps://evil.example",
    ]) {
      const reply = await site.browser().get(`/sign-in/acme?returnTo=${encodeURIComponent(target)}`);
      if (reply.status === 303) {
        const journey = await travel(
          site.browser(),
          {},
          { query: `?returnTo=${encodeURIComponent(target)}` },
        );
        const to = sentTo(await arrive(journey)) ?? "";
        expect(new URL(to, origin).origin, target).toBe(origin);
        expect(to).toMatch(/^\/(?![/\\])/);
      } else expect([reply.status, reply.code, reply.cookies]).toEqual([400, "invalid_redirect", []]);
    }
  });

  it("does not make the provider send codes elsewhere by a forged host (T-08)", async () => {
    const site = providerSite(provider);
    const start = await site.browser().get("/sign-in/acme", {
      host: "evil.example",
      "x-forwarded-host": "evil.example",
      forwarded: "host=evil.example",
    });
    const redirect = new URL(sentTo(start) ?? "").searchParams.get("redirect_uri");
    expect(redirect).toBe(`${origin}/auth/callback/acme`);
  });
});

describe("somebody whom the app keeps out", () => {
  it("is told so on the app's page, and gets no session", async () => {
    const site = providerSite(provider, { redirects: { error: "/sign-in" } });
    const browser = site.browser();
    await signInAt(browser);
    const { id } = (await browser.get("/me")).body;
    await site.accounts.users.setStatus(id, "disabled");
    expect(sentTo(await signInAt(site.browser()))).toBe("/sign-in?error=account_disabled");

    const closed = providerSite(provider, { callbacks: { user: () => null } });
    expect(sentTo(await signInAt(closed.browser()))).toBe("/?error=sign_in_denied");

    const full = providerSite(provider, { session: { limit: { max: 1, onExceed: "deny" } } });
    await signInAt(full.browser());
    expect(sentTo(await signInAt(full.browser()))).toBe("/?error=session_limit_reached");
  });

  it("while the store is away is told that, and may come back", async () => {
    const site = providerSite(provider);
    const visitor = new ProviderVisitor();
    const journey = await travel(site.browser(), {}, { visitor });
    site.outage.sessions = true;
    expect(sentTo(await arrive(journey))).toBe("/?error=store_unavailable");
    site.outage.sessions = false;
    expect(sentTo(await signInAt(site.browser(), {}, { visitor }))).toBe("/");
  });
});

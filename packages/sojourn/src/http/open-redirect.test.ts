import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contract, type Route, type RouteName } from "../contract/routes.ts";
import { destinations, someHostileTargets } from "./hostile-targets.fixture.ts";
import { startProvider, testClient, type TestProvider } from "../login/oauth/openid-provider.fixture.ts";
import { ProviderVisitor } from "../login/oauth/provider-visitor.fixture.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, createSite, origin, type Site, type SiteOptions } from "./http-test-kit.fixture.ts";
import { arrive, providerSite } from "./provider-test-kit.fixture.ts";
import {
  looksLikeTarget,
  type RedirectParameter,
  redirectParameters,
  type RedirectWay,
} from "./redirect-parameters.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

const friend = "https://www.friend.example";
const formType = "application/x-www-form-urlencoded";

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider({ clients: [testClient(origin)] });
  provider.users.set("ada", { name: "Ada" });
});
afterAll(() => provider.close());

let attempt = 0;

/** Sends a target, and goes where that leads: to the provider and back, where the route is about that. */
async function send(
  { browser, visitor }: { readonly browser: Browser; readonly visitor: ProviderVisitor },
  { path, field, input }: RedirectParameter,
  way: RedirectWay,
  target: string,
): Promise<Reply> {
  const others = input((attempt += 1));
  const query = /query|link/.test(way) ? `?${new URLSearchParams({ [field]: target }).toString()}` : "";
  const fields = new URLSearchParams(way === "query" ? others : { ...others, [field]: target });
  const reply =
    way === "link"
      ? await browser.get(path + query)
      : way === "json"
        ? await browser.post(path, { ...others, [field]: target })
        : await browser.post(path + query, fields.toString(), { "content-type": formType });
  const { url = reply.headers.get("location") ?? "" } = (reply.body ?? {}) as { readonly url?: string };
  if (!url.startsWith(`${provider.issuer}/`)) return reply;
  return arrive({ browser, answer: await visitor.visit(url) });
}

/** A browser that is signed in at a site with every way to sign in, and at its provider. */
async function setOut(
  options: SiteOptions = {},
): Promise<{ browser: Browser; visitor: ProviderVisitor; site: Site }> {
  const site = providerSite(provider, { trustedOrigins: [friend], ...options });
  const visitor = new ProviderVisitor();
  const browser = await site.signedUp();
  return { site, browser, visitor };
}

/** What must not happen, whatever was asked: the browser is elsewhere in the end, or is shown what was sent. */
function expectToStay(reply: Reply, target: string, what: string): void {
  const location = reply.headers.get("location");
  expect(location === null || /^[\u0021-\u007e]+$/.test(location), what).toBe(true);
  for (const one of location === null ? [] : destinations(location, origin)) expect(one, what).toBe(origin);
  if (reply.status === 400) expect(reply.text, what).not.toContain(target.slice(0, 200));
  expect([200, 303, 400], what).toContain(reply.status);
}

describe("CS-08: the parameters that name a target", () => {
  const fields = (Object.entries(contract) as [RouteName, Route<unknown, unknown>][]).flatMap(
    ([route, { path, aliases = [], input, query }]) => {
      const shapes = [input, query].map((one) =>
        one !== undefined && "shape" in one ? (one.shape as object) : {},
      );
      const names = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))].filter(looksLikeTarget);
      return [path, ...aliases].flatMap((one) => names.map((field) => `${route} ${field} ${one}`));
    },
  );

  it("are all in the list", () => {
    const listed = redirectParameters.map(({ route, field, path }) => `${route} ${field} ${path}`);
    const open = fields.map((one) =>
      one.startsWith("startSignIn") || one.startsWith("linkIdentity")
        ? one.replace(/\{(method|provider)\}/, "acme")
        : one.replace("{method}", one.startsWith("signInExternally") ? "own" : "password"),
    );
    expect(listed.toSorted()).toEqual(open.toSorted());
  });

  it.each([
    ["returnTo", true],
    ["return_to", true],
    ["post_logout_redirect_uri", true],
    ["callbackUrl", true],
    ["callbackURL", true],
    ["next", true],
    ["landingPage", true],
    ["token", false],
    ["email", false],
    ["everywhere", false],
    ["refreshToken", false],
    ["currentPassword", false],
  ])("are known by their names: %s is one: %j", (field, expected) => {
    expect(looksLikeTarget(field)).toBe(expected);
  });

  const cases = redirectParameters.flatMap((parameter) =>
    parameter.ways.map(
      (way) => [`${parameter.route} ${parameter.path}`, parameter.field, way, parameter] as const,
    ),
  );

  it.each(cases)(
    `%s: %s by %s leads nowhere else, in ${someHostileTargets.length} spellings`,
    async (...given) => {
      const [, , way, parameter] = given;
      expect(someHostileTargets.length).toBeGreaterThan(150);
      const travellers = await setOut();
      for (const target of someHostileTargets) {
        const reply = await send(travellers, parameter, way, target);
        expectToStay(reply, target, JSON.stringify(target));
      }
    },
  );

  it.each(cases)("%s: %s by %s means what the contract says", async (_route, _field, way, parameter) => {
    const read = contract[parameter.route] as Route<unknown, unknown>;
    const fromQuery =
      read.query !== undefined && "shape" in read.query && parameter.field in (read.query.shape as object);
    for (const [target, location] of [
      ["/welcome?x=1#y", "/welcome?x=1#y"],
      [`${friend}/welcome`, `${friend}/welcome`],
    ] as const) {
      const travellers = await setOut();
      const { status, headers } = await send(travellers, parameter, way, target);
      // What answers JSON says where to go only if that is a provider, from where the browser comes back.
      const isCall = way === "json" && parameter.route !== "linkIdentity";
      const wanted = way === "query" && !fromQuery ? "/" : location;
      expect([status, headers.get("location")]).toEqual(isCall ? [200, null] : [303, wanted]);
    }
  });

  const sendingOn = redirectParameters.map(
    (parameter) =>
      [
        parameter.path,
        parameter,
        parameter.ways.includes("form") ? "form" : (parameter.ways.at(-1) ?? "link"),
      ] as const,
  );

  it.each(sendingOn)("at %s are decoded exactly once", async (_path, parameter, way) => {
    for (const target of ["/a%2Fb", "/a%252Fb", "/a?b=%2541", "/a+b", "/a%20b"]) {
      const travellers = await setOut();
      const { headers } = await send(travellers, parameter, way, target);
      expect(headers.get("location")).toBe(target);
    }
  });

  it.each(sendingOn)("at %s are judged before anything is done", async (_path, parameter, way) => {
    const { site, browser, visitor } = await setOut();
    site.eventTypes();
    const { code, cookies } = await send({ browser, visitor }, parameter, way, "//evil.example");
    expect([code, cookies]).toEqual(["invalid_redirect", []]);
    expect(site.eventTypes()).toEqual([]);
    expect((await browser.get("/me")).status).toBe(200);
  });
});

describe("CS-08: a poisoned Host", () => {
  const poisons = [
    "evil.example",
    "app.example.evil.example",
    "app.example:8443",
    "app.example@evil.example",
    "127.0.0.1",
    "[::1]",
    "app.example, evil.example",
    "xn--80ak6aa92e.com",
  ];
  const { email, password } = ada;

  it("changes nothing of where anybody is sent, nor what is accepted, where baseURL is set", async () => {
    const site = createSite("stateful", { trustedProxies: 1 });
    await site.signedUp();
    const targets = [
      "/welcome",
      `${origin}/welcome`,
      ...poisons.map((host) => `https://${host}/x`),
      "//evil.example",
    ];
    const oracle = new Map<string, string>();
    const ask = async (url: string, target: string, headers: Record<string, string>): Promise<string> => {
      const body = new URLSearchParams({ email, password, returnTo: target });
      const all = { "sec-fetch-site": "same-origin", "content-type": formType, ...headers };
      const request = new Request(url, { method: "POST", headers: all, body });
      const reply = await site.send(request);
      return `${reply.status} ${reply.headers.get("location")} ${reply.code ?? ""}`;
    };
    for (const target of targets)
      oracle.set(target, await ask(`${origin}/auth/sign-in/password`, target, {}));
    expect(oracle.get("/welcome")).toBe("303 /welcome ");
    expect(oracle.get(`${origin}/welcome`)).toBe("303 /welcome ");
    for (const host of poisons) expect(oracle.get(`https://${host}/x`)).toBe("400 null invalid_redirect");
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...targets),
        fc.constantFrom("evil.example", "app.example:8443", "127.0.0.1", "[::1]", "app.example."),
        fc.constantFrom("http", "https"),
        fc.dictionary(
          fc.constantFrom(
            "host",
            "x-forwarded-host",
            "x-forwarded-server",
            "x-host",
            "x-original-host",
            "x-original-url",
            "x-rewrite-url",
            "forwarded",
            "x-forwarded-proto",
            "x-forwarded-port",
            "x-forwarded-prefix",
            "referer",
          ),
          fc.constantFrom(...poisons, "host=evil.example;proto=http", "//evil.example", "http"),
        ),
        async (target, host, scheme, headers) => {
          const url = `${scheme}://${host}/auth/sign-in/password`;
          expect(await ask(url, target, headers)).toBe(oracle.get(target));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is at most the origin itself where none is set, and a Location never names it", async () => {
    const site = createSite("stateful", { baseURL: undefined as never });
    for (const host of ["localhost:3000", "evil.example"]) {
      const body = new URLSearchParams({ returnTo: `http://${host}/welcome` });
      const headers = { "sec-fetch-site": "same-origin", "content-type": formType };
      const request = new Request(`http://${host}/auth/sign-out`, { method: "POST", headers, body });
      expect((await site.send(request)).headers.get("location")).toBe("/welcome");
    }
  });
});

describe("the redirects option", () => {
  it("is held to the same rules, at the start", () => {
    for (const target of someHostileTargets) {
      for (const name of ["signedIn", "signedOut"]) {
        try {
          createSite("stateful", { redirects: { [name]: target } });
        } catch (error) {
          expect(String(error)).toMatch(/redirects\.signed(In|Out) must be a path/);
        }
      }
    }
    for (const target of [
      "//evil.example",
      "/.//evil.example",
      "/\t/evil.example",
      "/%2f%2fevil.example",
      "/\\x",
      5,
    ])
      expect(
        () => createSite("stateful", { redirects: { signedIn: target as string } }),
        String(target),
      ).toThrow(/redirects\.signedIn must be a path such as "\/dashboard"/);
    expect(() => createSite("stateful", { redirects: { signedin: "/" } as never })).toThrow(
      /redirects\.signedin is not an option\. Known: signedIn, signedOut, error/,
    );
  });

  it.each([
    ["/home", "/home"],
    ["/ä b".replace(" ", "%20"), "/%C3%A4%20b"],
    [`${friend}/home`, `${friend}/home`],
    [`${origin}/home`, "/home"],
  ])("may be %s", async (signedIn, location) => {
    const site = createSite("stateful", { redirects: { signedIn }, trustedOrigins: [friend] });
    await site.signedUp();
    const { email, password } = ada;
    const reply = await site.browser().submit("/sign-in/password", { email, password });
    expect([reply.status, reply.headers.get("location")]).toEqual([303, location]);
  });

  it("stays here whatever a redirect is made of, when nothing else is named", async () => {
    for (const signedOut of someHostileTargets) {
      let site: Site;
      try {
        site = createSite("stateful", { redirects: { signedOut } });
      } catch {
        continue;
      }
      const reply = await site.browser().submit("/sign-out", {});
      expectToStay(reply, signedOut, JSON.stringify(signedOut));
    }
  });
});

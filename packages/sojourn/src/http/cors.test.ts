import { describe, expect, it } from "vitest";
import { contract, type Route } from "../contract/routes.ts";
import { ada, createSite, origin, type Site, type SiteOptions } from "./http-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

const front = "https://www.app.example";
const evil = "https://evil.example";
const { email, password } = ada;

const paths = [
  ...new Set(
    (Object.values(contract) as Route<unknown, unknown>[])
      .filter(({ anyMethod }) => anyMethod !== true)
      .flatMap(({ path, aliases = [] }) => [path, ...aliases]),
  ),
].map((path) =>
  path
    .replace(/\{(?:method|provider)\}/, "password")
    .replace("{sid}", "x")
    .replace("{id}", "x"),
);

/** What a browser sends before a page of another origin may do something. */
function preflight(
  site: Site,
  path: string,
  from: string,
  method = "POST",
  headers?: string,
): Promise<Reply> {
  return site.browser().send("OPTIONS", path, undefined, {
    origin: from,
    "sec-fetch-site": "cross-site",
    "access-control-request-method": method,
    ...(headers === undefined ? {} : { "access-control-request-headers": headers }),
  });
}

const cors = ({ headers }: Reply): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));
const readable = (by: string): Record<string, string> => ({
  "access-control-allow-origin": by,
  "access-control-allow-credentials": "true",
  "access-control-expose-headers": "Retry-After, Sojourn-End-Reason",
});

/** Answers of every kind: good ones, refusals, outages and what is not there. */
const replies: Readonly<Record<string, (site: Site, from: string) => Promise<Reply>>> = {
  "who is signed in": (site, from) => site.browser().send("GET", "/session", undefined, { origin: from }),
  "nobody signed in": (site, from) => site.browser().send("GET", "/me", undefined, { origin: from }),
  "a sign-in": async (site, from) => {
    await site.signedUp();
    return site.browser().send("POST", "/sign-in/password", { email, password }, { origin: from });
  },
  "a wrong password": (site, from) =>
    site.browser().send("POST", "/sign-in/password", { email, password: "x" }, { origin: from }),
  "a bad body": (site, from) => site.browser().send("POST", "/sign-out", "{", { origin: from }),
  "no such route": (site, from) => site.browser().send("GET", "/nothing", undefined, { origin: from }),
  "a wrong method": (site, from) => site.browser().send("PUT", "/session", undefined, { origin: from }),
  "an outage": async (site, from) => {
    const browser = await site.signedUp();
    site.outage.sessions = true;
    return browser.send("GET", "/session", undefined, { origin: from });
  },
  "the keys": (site, from) =>
    site.browser().send("GET", "/.well-known/jwks.json", undefined, { origin: from }),
  "the document": (site, from) => site.browser().send("GET", "/openapi.json", undefined, { origin: from }),
  "a stream": async (site, from) =>
    (await site.signedUp()).send("HEAD", "/events", undefined, { origin: from }),
};

describe("CS-10: a page of a listed origin", () => {
  it.each(Object.keys(replies))("may read %s", async (what) => {
    const reply = await replies[what]?.(createSite("stateful", { trustedOrigins: [front] }), front);
    expect(reply === undefined ? {} : cors(reply)).toEqual(readable(front));
  });

  it("is told by a preflight what each path takes, and that is what it really takes", async () => {
    const site = createSite("stateful", {
      trustedOrigins: [front],
      transports: ["cookie", "header"],
      csrf: { token: true },
    });
    for (const path of paths) {
      const reply = await preflight(site, path, front);
      expect([reply.status, reply.text], path).toEqual([204, ""]);
      const methods = reply.headers.get("access-control-allow-methods") ?? "";
      const wrong = await site.browser().send("PUT", path);
      expect(methods, path).toBe(wrong.headers.get("allow"));
      expect(reply.headers.get("allow")).toBe(`${methods}, OPTIONS`);
      expect(cors(reply)).toEqual({
        ...readable(front),
        "access-control-allow-methods": methods,
        "access-control-allow-headers": expect.stringMatching(/^[A-Za-z-]+(, [A-Za-z-]+)*$/),
        "access-control-max-age": "600",
      });
    }
  });

  it.each([
    ["/sign-out", "Content-Type"],
    ["/sign-in/password", "Content-Type, Sojourn-Passive"],
    ["/sessions", "Sojourn-Passive"],
    ["/sessions/x", null],
  ])("may send to %s the headers %j", async (path, headers) => {
    const reply = await preflight(createSite("stateful", { trustedOrigins: [front] }), path, front);
    expect(reply.headers.get("access-control-allow-headers")).toBe(headers);
  });

  it.each([
    ["/sign-out", "Content-Type, Authorization, X-CSRF-Token"],
    ["/sessions", "Authorization, Sojourn-Passive, X-CSRF-Token"],
    ["/sessions/x", "Authorization, X-CSRF-Token"],
  ])("may send to %s, with tokens of both kinds, %j", async (path, headers) => {
    const options: SiteOptions = { transports: ["cookie", "header"], csrf: { token: true } };
    const reply = await preflight(
      createSite("stateful", { trustedOrigins: [front], ...options }),
      path,
      front,
    );
    expect(reply.headers.get("access-control-allow-headers")).toBe(headers);
  });

  it("signs in with a token in the header and reads with it", async () => {
    const site = createSite("hybrid", { trustedOrigins: [front], transports: ["header"] });
    const away = { origin: front, "sec-fetch-site": "cross-site" };
    const client = site.browser();
    const { tokens } = (await client.send("POST", "/sign-up/password", ada, away)).body;
    const reply = await client.send("GET", "/me", undefined, {
      ...away,
      authorization: `Bearer ${tokens.accessToken}`,
    });
    expect(reply.status).toBe(200);
    expect(cors(reply)).toEqual(readable(front));
    const renewed = await client.send("POST", "/refresh", { refreshToken: tokens.refreshToken }, away);
    expect([renewed.status, cors(renewed)]).toEqual([200, readable(front)]);
  });
});

describe("CS-10: a page of any other origin", () => {
  const others = [
    evil,
    "null",
    origin,
    `${front}.evil.example`,
    `${front}:8443`,
    "http://www.app.example",
    "https://WWW.app.example",
    `${front}/`,
    `${front}, ${evil}`,
    "https://app.example.evil.example",
    "*",
    "",
  ];

  it.each(others)("from %j reads nothing, whatever it asks", async (from) => {
    for (const ask of Object.values(replies)) {
      const reply = await ask(createSite("stateful", { trustedOrigins: [front] }), from);
      expect(cors(reply)).toEqual({});
      expect(reply.headers.get("vary")).toMatch(/\bOrigin\b/);
    }
  });

  it.each(others)("from %j is told nothing by a preflight", async (from) => {
    const site = createSite("stateful", { trustedOrigins: [front] });
    for (const path of paths) {
      const reply = await preflight(site, path, from, "POST", "authorization, x-evil");
      expect([reply.status, cors(reply)], path).toEqual([204, {}]);
      expect(JSON.stringify([...reply.headers])).not.toContain("evil");
    }
  });

  it("reads nothing where none is listed, and an empty list closes what trustedOrigins opens", async () => {
    for (const options of [{}, { trustedOrigins: [front], cors: { origins: [] } }]) {
      const site = createSite("stateful", options);
      expect(cors(await preflight(site, "/session", front, "GET"))).toEqual({});
      expect(cors(await site.browser().send("GET", "/session", undefined, { origin: front }))).toEqual({});
    }
  });

  it("that is listed for reading alone may not act", async () => {
    const site = createSite("stateful", { cors: { origins: [front], maxAge: "1h" } });
    const reply = await site.browser().send("POST", "/sign-up/password", ada, {
      origin: front,
      "sec-fetch-site": "same-site",
    });
    expect([reply.code, cors(reply)]).toEqual(["csrf_refused", readable(front)]);
    expect((await preflight(site, "/touch", front)).headers.get("access-control-max-age")).toBe("3600");
  });
});

describe("OPTIONS without an origin", () => {
  it("tells what a path takes", async () => {
    const site = createSite("stateful");
    const reply = await site.browser().send("OPTIONS", "/sessions", undefined, { origin: null });
    expect([reply.status, reply.headers.get("allow"), cors(reply)]).toEqual([
      204,
      "GET, HEAD, DELETE, OPTIONS",
      {},
    ]);
    expect((await site.browser().send("OPTIONS", "/nothing")).code).toBe("not_found");
  });
});

describe("the cors option", () => {
  it.each([
    [{ origins: ["*"] }, /cors\.origins: "\*" is not an origin.*no wildcard/],
    [{ origins: ["null"] }, /cors\.origins/],
    [{ origins: ["https://www.example.com/"] }, /cors\.origins/],
    [{ origins: ["https://*.example.com"] }, /cors\.origins/],
    [{ origins: ["https://EXAMPLE.com"] }, /cors\.origins/],
    [{ origins: ["https://example.com:443"] }, /cors\.origins/],
    [{ origins: ["javascript:alert(1)"] }, /cors\.origins/],
    [{ origins: [/example/] }, /cors\.origins/],
    [{ origins: "https://www.example.com" }, /must be a list/],
    [{ origin: [] }, /cors\.origin is not an option\. Known: origins, maxAge/],
    [{ maxAge: "soon" }, /cors\.maxAge/],
  ])("%j is refused at the start", (options, message) => {
    expect(() => createSite("stateful", { cors: options as never })).toThrow(message);
  });

  it.each([[{ token: "yes" }], [{ tokens: true }]])("csrf: %j is refused at the start", (csrf) => {
    expect(() => createSite("stateful", { csrf: csrf as never })).toThrow(/csrf\.tokens?/);
  });
});

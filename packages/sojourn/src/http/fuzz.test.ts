import { randomInt } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contract, type Route } from "../contract/routes.ts";
import { ada, cookieName, createSite, serviceBasic, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const routes = Object.values(contract as unknown as Record<string, Route<unknown, unknown>>).flatMap(
  ({ method, path, aliases = [] }) => [path, ...aliases].map((one) => [method, one] as const),
);

const anyText = fc.string({
  unit: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) },
    fc.integer({ min: 0, max: 0x3ff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(
      "\ud83d\ude00",
      "\ud800",
      "\0",
      "\r\n",
      "__proto__",
      "constructor",
      "</script>",
      "'",
      ".",
    ),
  ),
  maxLength: 40,
});
const fieldNames = fc.constantFrom(
  "email",
  "password",
  "name",
  "remember",
  "transport",
  "returnTo",
  "everywhere",
  "refreshToken",
  "token",
  "currentPassword",
  "newPassword",
  "__proto__",
  "constructor",
  "toString",
  "sid",
  "userId",
  "role",
);
const fieldValues = fc.oneof(
  anyText,
  fc.constantFrom(
    email,
    password,
    "cookie",
    "header",
    "/",
    "//evil.example",
    true,
    false,
    null,
    0,
    -1,
    1e308,
    "on",
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const fields = fc.array(fc.tuple(fieldNames, fieldValues), { maxLength: 6 });
const json = fields.map(
  (pairs) =>
    `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`,
);
/** Not by its own toString, which may be among the fields that were drawn. */
const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const form = fields.map((pairs) =>
  pairs
    .map(
      ([name, value]) =>
        `${encodeURIComponent(name)}=${encodeURIComponent(textOf(value).replace(/[\ud800-\udfff]/g, ""))}`,
    )
    .join("&"),
);
const body = fc.oneof({ weight: 4, arbitrary: json }, { weight: 2, arbitrary: form }, anyText, fc.json());
const contentType = fc.constantFrom(
  "application/json",
  "application/json",
  "application/x-www-form-urlencoded",
  "text/plain",
  "",
  "multipart/form-data",
);
/** What somebody honest sends, so that the other parts of a request are tried behind every door. */
const honest = fc.constantFrom<[string, string]>(
  [JSON.stringify({ email, password }), "application/json"],
  [new URLSearchParams({ email, password }).toString(), "application/x-www-form-urlencoded"],
  ["{}", "application/json"],
  ["token=x", "application/x-www-form-urlencoded"],
);
const content = fc.oneof({ weight: 2, arbitrary: fc.tuple(body, contentType) }, honest);
const headerText = anyText.map((text) => text.replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, "").trim());
const headers = fc.dictionary(
  fc.constantFrom(
    "user-agent",
    "origin",
    "sec-fetch-site",
    "x-forwarded-for",
    "accept",
    "sec-purpose",
    "purpose",
    "sojourn-passive",
    "content-length-x",
  ),
  headerText,
  { maxKeys: 3 },
);
const pieces = fc.constantFrom(
  "password",
  "password",
  "password",
  "x",
  "__proto__",
  "%00",
  "..",
  "0197f3a0-0000-7000-8000-000000000000",
  "%2e%2e%2f",
  "a".repeat(300),
);
const credentials = fc.oneof(
  fc.constantFrom("none", "good", "good", "twice", "cut", "bearer", "both"),
  headerText.map((text) => `cookie:${text}`),
  headerText.map((text) => `bearer:${text}`),
);

interface Good {
  readonly cookie: string;
  readonly token: string;
}

function credentialHeaders(kind: string, good: Good): Record<string, string> {
  if (kind === "good") return { cookie: good.cookie };
  if (kind === "twice") return { cookie: `${good.cookie}; ${good.cookie}` };
  if (kind === "cut") return { cookie: good.cookie.slice(0, -7) };
  if (kind === "bearer") return { authorization: `Bearer ${good.token}` };
  if (kind === "both") return { authorization: `Bearer ${good.token}`, cookie: good.cookie };
  if (kind.startsWith("cookie:")) return { cookie: `${cookieName}=${kind.slice(7)}` };
  if (kind.startsWith("bearer:")) return { authorization: `Bearer ${kind.slice(7)}` };
  return { authorization: serviceBasic };
}

describe.each(strategies)("any request at all to a site with %s sessions", (strategy) => {
  it("is answered, below 500, as the contract foretells, and leaves Object.prototype alone", async () => {
    const site = createSite(strategy, { transports: ["cookie", "header"], trustedProxies: 1 });
    let good: Good = { cookie: "", token: "" };
    const renew = async (): Promise<void> => {
      const address = `fuzz${site.clock.now()}@example.com`;
      await site.clock.advance(1000);
      const browser = await site.signedUp({ email: address });
      const { body: reply } = await site
        .browser()
        .post("/sign-in/password", { email: address, password, transport: "header" });
      good = { cookie: browser.cookie, token: reply.tokens.accessToken };
    };
    await site.signedUp();
    await renew();
    const seed = randomInt(2 ** 31);
    let runs = 0;
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        pieces,
        content,
        headers,
        credentials,
        async ([method, path], piece, [text, type], more, kind) => {
          runs += 1;
          if (runs % 100 === 0) await renew();
          const all = {
            "sec-fetch-site": "same-origin",
            ...more,
            ...credentialHeaders(kind, good),
            "content-type": type,
          };
          const url = `https://app.example/auth${path.replace(/\{\w+\}/, piece)}`;
          const request = new Request(url, {
            method,
            headers: all,
            body: method === "POST" ? text : null,
            signal: AbortSignal.abort(),
          });
          const { status } = await site.send(request);
          expect(status).toBeLessThan(500);
          seen.add(status);
        },
      ),
      { numRuns: 1000, seed },
    );
    // The requests got everywhere: through the door, and to every kind of refusal.
    expect([...seen], `seed ${seed}`).toEqual(expect.arrayContaining([200, 400, 401, 403, 404, 415]));
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)["polluted"]).toBe(undefined);
    expect(site.logs.filter(({ level }) => level === "error")).toEqual([]);
  });
});

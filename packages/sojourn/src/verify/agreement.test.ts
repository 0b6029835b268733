import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JwsAlgorithm } from "../crypto/algorithms.ts";
import { createKeyRing } from "../crypto/key-ring.ts";
import { createSealer } from "../crypto/seal.ts";
import { createSigner } from "../crypto/signer.ts";
import { encode } from "../crypto/signer.fixture.ts";
import type { SessionClaims } from "../domain/claims.ts";
import { cookieName, createSite, origin, type Site, testSecret } from "../http/http-test-kit.fixture.ts";
import { refreshName } from "../http/foreign-tokens.fixture.ts";
import { edgeOf, type Shared } from "./verifier-kit.fixture.ts";

/*
 * Whatever a request carries, the edge and the server agree on it: the edge may say that it does not know,
 * and what it says beyond that the server says as well.
 */
const otherSecret = "Qe8uYt6rW2oP0iUyT5rEwQ9aSdFgHjKlZxCvBnM1234";
const shapes: readonly (Shared & { readonly runs: number })[] = [
  { strategy: "hybrid", runs: 400 },
  { strategy: "stateless", runs: 400 },
  { strategy: "stateless", jwt: { alg: "HS512" }, transports: ["cookie", "header"], runs: 400 },
  { strategy: "hybrid", jwt: { alg: "EdDSA" }, runs: 150 },
  { strategy: "hybrid", jwt: { alg: "ES256" }, transports: ["header", "cookie"], runs: 150 },
  { strategy: "hybrid", cookie: { encrypt: true, chunking: true }, runs: 150 },
];

/** Changes to a text, many of which leave nothing of it whole. */
const textChange: fc.Arbitrary<(text: string) => string> = fc.oneof(
  { weight: 4, arbitrary: fc.constant((text: string) => text) },
  fc.tuple(fc.nat(), fc.constantFrom(..."ABab01-_.=+ ;,%\u0141")).map(
    ([at, other]) =>
      (text: string) =>
        text.slice(0, at % (text.length + 1)) + other + text.slice((at % (text.length + 1)) + 1),
  ),
  fc.nat().map((at) => (text: string) => text.slice(0, at % (text.length + 1))),
  fc.constantFrom<(text: string) => string>(
    () => "",
    (text) => text + text,
    (text) => `${text}=`,
    (text) => ` ${text} `,
    (text) => `"${text}"`,
    (text) => text.toUpperCase(),
    (text) => text.split(".").toReversed().join("."),
    () => "s1.01b8dac5-b400-7c5d-b80a-ea0f203180c6.AAAA",
    () => "a.b.c",
  ),
);

const seconds = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: -100, max: 100 }) },
  fc.integer({ min: -5_000_000, max: 5_000_000 }),
  fc.constantFrom(0, Number.POSITIVE_INFINITY, Number.NaN),
);

/** Claims that could say more than the policy allows, and in which direction they say less. */
const lengthening: Readonly<Record<string, number>> = { session_exp: -1, idle: -1, session_start: 1 };

/** Changes to the claims of a token, before it is signed. */
const claimsChange: fc.Arbitrary<(claims: SessionClaims) => object> = fc.oneof(
  { weight: 3, arbitrary: fc.constant((claims: SessionClaims) => claims) },
  fc
    .tuple(
      fc.constantFrom("exp", "iat", "session_exp", "session_start", "idle", "last_seen", "auth_time"),
      seconds,
    )
    .map(([name, by]) => {
      // What the server's own policy cuts short only the server knows.
      const within = lengthening[name] === undefined ? by : Math.abs(by) * lengthening[name];
      return (claims: SessionClaims) => ({ ...claims, [name]: claims[name as "exp"] + within });
    }),
  fc
    .tuple(
      fc.constantFrom("iss", "aud", "sub", "sid", "jti", "amr", "act", "transport", "user", "counter", "x"),
      fc.constantFrom<unknown>(undefined, null, "", "x", 1, [], {}, "header", "cookie", "agent", [origin]),
    )
    .map(([name, value]) => (claims: SessionClaims) => ({ ...claims, [name]: value })),
);

const headerChange: fc.Arbitrary<object> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.constantFrom<object>(
    { alg: "none" },
    { alg: "HS256" },
    { alg: "EdDSA" },
    { typ: "JWT" },
    { typ: "session+jwt" },
    { typ: "at+jwt" },
    { kid: "AAAAAAAA" },
    { kid: "AAAAAAAA-access" },
    { crit: ["b64"], b64: false },
    { jku: origin },
  ),
);

const request = fc.record({
  header: headerChange,
  claims: claimsChange,
  text: textChange,
  secret: fc.constantFrom(testSecret, testSecret, testSecret, otherSecret),
  kind: fc.constantFrom("own", "own", "own", "other"),
  transport: fc.constantFrom("cookie", "cookie", "header", "both"),
  refresh: fc.constantFrom("none", "own", "nonsense", "twice"),
  cookies: fc.constantFrom("one", "one", "one", "twice", "chunks"),
  ends: fc.constantFrom(false, false, false, true),
  wait: fc.constantFrom(0, 0, 0, 1000, 15 * 60_000, 20 * 60_000, 8 * 86_400_000),
});
type Carried = typeof request extends fc.Arbitrary<infer Value> ? Value : never;

/** A request as an honest browser sends it. */
const plain: Carried = {
  header: {},
  claims: (claims) => claims,
  text: (text) => text,
  secret: testSecret,
  kind: "own",
  transport: "cookie",
  refresh: "own",
  cookies: "one",
  ends: false,
  wait: 0,
};

/** A token like one of the site, but for the changes. */
async function tokenOf(
  own: SessionClaims,
  alg: JwsAlgorithm,
  kind: "access" | "session",
  made: Carried,
): Promise<string> {
  const { header, secret } = made;
  const says = made.claims(own) as SessionClaims;
  const as = made.kind === "own" ? kind : kind === "access" ? "session" : "access";
  const ring = createKeyRing([secret]);
  const token = await createSigner({ ring, alg }).sign(as, says);
  const [first = "", second = "", third = ""] = token.split(".");
  if (Object.keys(header).length === 0) return token;
  const head = encode({ ...(JSON.parse(Buffer.from(first, "base64url").toString()) as object), ...header });
  const key = ring.key(ring.activeId, `jwt:${alg}:${as}`) ?? "";
  const mac = createHmac("sha256", key).update(`${head}.${second}`).digest("base64url");
  return `${head}.${second}.${alg === "HS256" ? mac : third}`;
}

/** The headers of a request with a token in one place or another. */
function headersOf(
  token: string,
  refreshToken: string,
  made: Carried,
): { cookie?: string; authorization?: string } {
  const half = Math.floor(token.length / 2);
  const access = {
    one: `${cookieName}=${token}`,
    twice: `${cookieName}=${token}; ${cookieName}=${token}`,
    chunks: `${cookieName}.0=${token.slice(0, half)}; ${cookieName}.1=${token.slice(half)}`,
  }[made.cookies];
  const refresh = {
    none: "",
    own: `; ${refreshName}=${refreshToken}`,
    nonsense: `; ${refreshName}=nonsense`,
    twice: `; ${refreshName}=a; ${refreshName}=b`,
  }[made.refresh];
  return {
    ...(made.transport === "header" ? {} : { cookie: `theme=dark; ${access}${refresh}` }),
    ...(made.transport === "cookie" ? {} : { authorization: `Bearer ${token}` }),
  };
}

function claimsOf(token: string): SessionClaims {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as SessionClaims;
}

describe.each(shapes)("an edge and its server, with %j", ({ runs, ...shared }) => {
  const alg = shared.jwt?.alg ?? "HS256";
  const kind = shared.strategy === "hybrid" ? "access" : "session";
  const { strategy, ...rest } = shared;

  it("agree on whoever they both know", async () => {
    const site: Site = createSite(strategy, rest);
    const { verifier } = edgeOf(site, shared);
    await site.signedUp({}, { transport: "cookie" });
    // Of the same site without encryption, so that the claims can be read and changed.
    const open = createSite(strategy, { ...rest, cookie: {}, accounts: site.accounts, clock: site.clock });
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(request, async (made) => {
        const browser = open.browser();
        await browser.post("/sign-in/password", {
          email: "ada@example.com",
          password: "correct horse battery",
          transport: "cookie",
        });
        const token = await tokenOf(claimsOf(browser.value(cookieName)), alg, kind, made);
        if (made.ends) await browser.post("/sign-out");
        site.clock.jumpTo(site.clock.now() + made.wait);
        // So that the news of an end is never on its way.
        await site.clock.advance(made.ends ? 2001 : 500);
        const sealed = shared.cookie
          ? createSealer(createKeyRing([made.secret])).seal(cookieName, token)
          : token;
        const headers = headersOf(made.text(sealed), browser.value(refreshName), made);
        // Twice: what is remembered must make no difference.
        for (let time = 0; time < 2; time += 1) {
          const here = await verifier.verify(headers);
          const there = await site.auth.verify(headers);
          outcomes.set(here.status, (outcomes.get(here.status) ?? 0) + 1);
          if (here.status === "active") expect(here).toEqual(there);
          else if (here.status === "ended")
            expect(there).toMatchObject({ status: "ended", reason: here.reason });
          else if (here.status === "anonymous") expect(there.status).toBe("anonymous");
          else expect(["active", "anonymous", "ended"]).toContain(there.status);
        }
      }),
      { numRuns: runs, examples: [[plain], [{ ...plain, ends: true }], [{ ...plain, wait: 20 * 60_000 }]] },
    );
    // Otherwise nothing was shown.
    const expected = ["active", "anonymous", "ended", "needs_origin"];
    expect([...outcomes.keys()].toSorted()).toEqual(expected);
  });
});

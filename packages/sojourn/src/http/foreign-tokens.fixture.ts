import { createHmac } from "node:crypto";
import type { StrategyName } from "../auth-options.ts";
import type { JwsAlgorithm } from "../crypto/algorithms.ts";
import { createKeyRing } from "../crypto/key-ring.ts";
import { createSigner } from "../crypto/signer.ts";
import type { TokenReply } from "../contract/types.ts";
import type { SessionClaims } from "../domain/claims.ts";
import { memory } from "../stores/memory/index.ts";
import {
  ada,
  cookieName,
  createSite,
  serviceBasic,
  type Site,
  strategies,
  testSecret,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;
/** The cookie of the refresh token. */
export const refreshName: string = `${cookieName}-refresh`;

/** The credentials of one cookie session and one header session of a site. */
export interface Own {
  readonly cookieAccess: string;
  readonly cookieRefresh: string;
  readonly headerAccess: string;
  readonly headerRefresh: string;
}

/** Signs somebody in twice, in both transports. */
export async function mint(site: Site): Promise<Own> {
  const browser = site.browser();
  await browser.post("/sign-in/password", { email, password });
  const { body } = await site.browser().post("/sign-in/password", { email, password, transport: "header" });
  const { accessToken, refreshToken = "" } = body.tokens as TokenReply;
  return {
    cookieAccess: browser.value(cookieName),
    cookieRefresh: browser.value(refreshName),
    headerAccess: accessToken,
    headerRefresh: refreshToken,
  };
}

function claimsOf(token: string): SessionClaims {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8")) as SessionClaims;
}

/** A token with any header, signed with any key by HMAC-SHA256, as an attacker would make it. */
function forge(header: object, claims: object, key: string | Uint8Array): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

/** Three sites over one store with one secret, each of another strategy: whatever one makes the others could read. */
export function siblings(): Record<StrategyName, Site> {
  const accounts = memory();
  const site = (strategy: StrategyName): Site =>
    createSite(strategy, { accounts, transports: ["cookie", "header"] });
  return { stateful: site("stateful"), stateless: site("stateless"), hybrid: site("hybrid") };
}

/** What must never work at a site: everything that was made for something else. */
export async function foreignTokens(
  strategy: StrategyName,
  sites: Record<StrategyName, Site>,
  own: Own,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const other of strategies.filter((name) => name !== strategy)) {
    for (const [kind, token] of Object.entries(await mint(sites[other])))
      if (token !== "") found[`${kind} of ${other}`] = token;
  }
  for (const [what, options] of Object.entries({
    "another issuer": { jwt: { issuer: "https://other.example", audience: "https://app.example" } },
    "another audience": { jwt: { audience: "https://api.example" } },
    "another algorithm": { jwt: { alg: "HS512" as const } },
    "another secret": { secret: "Qe8uYt6rW2oP0iUyT5rEwQ9aSdFgHjKlZxCvBnM1234" },
  })) {
    const site = createSite(strategy, {
      accounts: sites[strategy].accounts,
      transports: ["cookie", "header"],
      ...options,
    });
    // Opaque tokens depend on none of these.
    if (strategy === "stateful") continue;
    const { cookieAccess, headerAccess } = await mint(site);
    Object.assign(found, {
      [`cookieAccess of ${what}`]: cookieAccess,
      [`headerAccess of ${what}`]: headerAccess,
    });
  }
  const sealing = createSite(strategy, {
    accounts: sites[strategy].accounts,
    transports: ["cookie", "header"],
    cookie: { encrypt: true },
  });
  found["a sealed cookie"] = (await mint(sealing)).cookieAccess;
  const sid = own.cookieAccess.startsWith("s1.")
    ? own.cookieAccess.slice(3, 39)
    : claimsOf(own.cookieAccess).sid;
  found["the sid"] = sid;
  found["the sid with no secret"] = `s1.${sid}.${"A".repeat(43)}`;
  found["the sid with no MAC"] = `r1.${sid}.0.${"A".repeat(43)}`;
  found["the client's own secret"] = serviceBasic.slice(6);
  return { ...found, ...forgeries(strategy, own) };
}

function forgeries(strategy: StrategyName, own: Own): Record<string, string> {
  if (strategy === "stateful") return {};
  const claims = claimsOf(own.headerAccess);
  const kind = strategy === "hybrid" ? "access" : "session";
  const ring = createKeyRing([testSecret]);
  const signed = (alg: JwsAlgorithm, as: "access" | "session"): string =>
    createSigner({ ring, alg }).sign(as, claims) as string;
  const typ = kind === "access" ? "at+jwt" : "session+jwt";
  const header = JSON.parse(
    Buffer.from(own.headerAccess.split(".")[0] ?? "", "base64url").toString("utf8"),
  ) as object;
  const key = ring.key(ring.activeId, `jwt:HS256:${kind}`) ?? new Uint8Array();
  const [first = "", second = "", third = ""] = own.headerAccess.split(".");
  return {
    "a token of our key for the other kind": signed("HS256", kind === "access" ? "session" : "access"),
    "a token of our key for HS384": signed("HS384", kind),
    "alg none": `${Buffer.from(JSON.stringify({ alg: "none", typ })).toString("base64url")}.${second}.`,
    "alg none with a signature": forge({ ...header, alg: "none" }, claims, key),
    "the raw secret as the key": forge(header, claims, testSecret),
    "no typ": forge({ ...header, typ: undefined }, claims, key),
    "typ JWT": forge({ ...header, typ: "JWT" }, claims, key),
    "an extra header": forge({ ...header, jku: "http://127.0.0.1:1/jwks" }, claims, key),
    crit: forge({ ...header, crit: ["x"], x: 1 }, claims, key),
    "kid __proto__": forge({ ...header, kid: "__proto__" }, claims, key),
    "no exp": forge(header, { ...claims, exp: undefined }, key),
    "an endless exp": forge(header, claims, key).replace(
      second,
      Buffer.from(JSON.stringify(claims).replace(/"exp":\d+/, '"exp":1e999')).toString("base64url"),
    ),
    "an issue in the future": forge(header, { ...claims, iat: claims.iat + 3600 }, key),
    "the signature of another token": `${first}.${second}.${own.cookieAccess.split(".")[2] ?? ""}`,
    padding: `${own.headerAccess}=`,
    "white space": `${first}.${second}.${third.slice(0, 20)}\t${third.slice(20)}`,
    "a lower-case header": `${first.toLowerCase()}.${second}.${third}`,
    "four parts": `${own.headerAccess}.${third}`,
  };
}

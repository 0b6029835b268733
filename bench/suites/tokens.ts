import { jwtVerify } from "jose";
import { type Auth, createAuth, type Store, type StoredUser } from "sojourn";
import { memory } from "sojourn/memory";
import { bareTokenCheck, tokenKey } from "../bare-token.ts";
import { baseURL, cookieHeader, cookieName, makeUser, secret, tokenOf } from "../population.ts";
import type { Variant } from "../runner.ts";
import { insist, type OpenSuite, type Suite } from "../suite.ts";

/** As many tokens as take turns, so that neither processor nor compiler learns one by heart. */
const tokenCount = 64;
const fields = ["email", "name", "role"];

const users = { findById: (id: string): StoredUser => makeUser(Number(id.slice(-6))) };

function stateless(cacheSize: number): Auth<StoredUser> {
  return createAuth<StoredUser>({
    secret,
    baseURL,
    strategy: "stateless",
    users,
    jwt: { cacheSize, fields },
  });
}

function hybrid(cacheSize: number, store: Store<StoredUser>): Auth<StoredUser> {
  return createAuth<StoredUser>({
    secret,
    baseURL,
    strategy: "hybrid",
    store,
    users,
    jwt: { cacheSize, fields },
  });
}

function stateful(): Auth<StoredUser> {
  return createAuth<StoredUser>({ secret, baseURL, store: memory(), users });
}

/** What one browser each sends. */
interface Visitors {
  readonly cookies: readonly string[];
  readonly tokens: readonly string[];
}

async function signIn(issuer: Auth<StoredUser>): Promise<Visitors> {
  const signedIn = await Promise.all(
    Array.from({ length: tokenCount }, (_, index) =>
      issuer.sessions.create({ userId: makeUser(index).id, method: "password", amr: ["pwd"] }),
    ),
  );
  return {
    cookies: signedIn.map(({ cookies }) => cookieHeader(cookies)),
    tokens: signedIn.map(({ cookies }) => tokenOf(cookies)),
  };
}

const turn = (items: readonly string[], index: number): string => items[index % items.length] ?? "";

function verifies(name: string, checker: Auth<StoredUser>, cookies: readonly string[]): Variant {
  const run = (index: number): void => {
    const state = checker.verify({ cookie: turn(cookies, index) });
    insist("status" in state && state.status === "active", `${name} found nobody signed in`);
  };
  return { name, run };
}

function barely(key: Uint8Array, cookies: readonly string[]): Variant {
  const check = bareTokenCheck(key, cookieName);
  const run = (index: number): void =>
    insist(check(turn(cookies, index)) !== null, "the bare check refused a token");
  return { name: "bare HMAC", run };
}

async function openStateless(): Promise<OpenSuite> {
  const fresh = stateless(0);
  const remembering = stateless(10_000);
  const { cookies, tokens } = await signIn(fresh);
  const key = tokenKey(secret, "session");
  const subtle = { name: "HMAC", hash: "SHA-256" } as const;
  const cryptoKey = await crypto.subtle.importKey("raw", new Uint8Array(key), subtle, false, ["verify"]);
  const algorithms = { algorithms: ["HS256"] };
  return {
    variants: [
      barely(key, cookies),
      verifies("verify, no cache", fresh, cookies),
      verifies("verify, remembered token", remembering, cookies),
      {
        name: "getSession, remembered token",
        awaited: true,
        run: (index) => remembering.getSession({ headers: { cookie: turn(cookies, index) } }),
      },
      {
        name: "jose jwtVerify, CryptoKey",
        awaited: true,
        run: (index) => jwtVerify(turn(tokens, index), cryptoKey, algorithms),
      },
      {
        name: "jose jwtVerify, Uint8Array",
        awaited: true,
        run: (index) => jwtVerify(turn(tokens, index), key, algorithms),
      },
    ],
  };
}

async function openHybrid(): Promise<OpenSuite> {
  const store = memory();
  const fresh = hybrid(0, store);
  const remembering = hybrid(10_000, store);
  const { cookies } = await signIn(fresh);
  return {
    variants: [
      barely(tokenKey(secret, "access"), cookies),
      verifies("verify, no cache", fresh, cookies),
      verifies("verify, remembered token", remembering, cookies),
    ],
    async close() {
      await fresh.close();
      await remembering.close();
    },
  };
}

async function openGarbage(): Promise<OpenSuite> {
  const checker = stateless(10_000);
  const inMemory = stateful();
  const good = await signIn(checker);
  const unknown = await signIn(stateful());
  // The last character of a MAC has two bits to spare; the one before it counts in full.
  const forged = good.cookies.map((cookie) =>
    cookie.replace(/.(.)(?=; locale)/, (end, last: string) => (end[0] === "A" ? "B" : "A") + last),
  );
  const malformed = good.cookies.map((cookie) => cookie.replace(/eyJ/, "%%%"));
  const check = bareTokenCheck(tokenKey(secret, "session"), cookieName);
  const refuses = (name: string, from: Auth<StoredUser>, cookies: readonly string[]): Variant => ({
    name,
    run(index) {
      const state = from.verify({ cookie: turn(cookies, index) });
      insist("status" in state && state.status === "anonymous", `${name} was let in`);
    },
  });
  return {
    variants: [
      {
        name: "bare HMAC",
        run: (index) => insist(check(turn(forged, index)) === null, "the bare check let a forgery in"),
      },
      refuses("forged token", checker, forged),
      refuses("malformed token", checker, malformed),
      refuses("unknown session token, in memory", inMemory, unknown.cookies),
    ],
  };
}

/** Checks that ask no store. */
export const tokenSuites: readonly Suite[] = [
  {
    name: "stateless check",
    about: `Cookie header to session and user; ${tokenCount} HS256 tokens in turn`,
    base: "bare HMAC",
    open: openStateless,
  },
  {
    name: "hybrid check",
    about: `Cookie header to session and user; ${tokenCount} access tokens in turn, revocations known`,
    base: "bare HMAC",
    open: openHybrid,
  },
  {
    name: "garbage",
    about: "Cookie header to nobody: what a flood of bad tokens costs",
    base: "bare HMAC",
    open: openGarbage,
  },
];

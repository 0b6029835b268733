import { createAuth } from "sojourn";
import { createVerifier } from "sojourn/verify";
import { tokenKey } from "../bare-token.ts";
import { baseURL, cookieHeader, cookieName, makeUser, secret, tokenOf } from "../population.ts";
import type { Variant } from "../runner.ts";
import { insist, type OpenSuite, type Suite } from "../suite.ts";

const tokenCount = 64;

/** The least that a token can cost by WebCrypto: its bytes, the MAC with a key that is at hand, the payload. */
async function bareWebCrypto(tokens: readonly string[]): Promise<Variant> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = new Uint8Array(tokenKey(secret, "session"));
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
  const encoder = new TextEncoder();
  return {
    name: "bare WebCrypto HMAC",
    awaited: true,
    async run(index) {
      const token = tokens[index % tokens.length] ?? "";
      const dot = token.lastIndexOf(".");
      const mac = Buffer.from(token.slice(dot + 1), "base64url");
      const good = await crypto.subtle.verify("HMAC", key, mac, encoder.encode(token.slice(0, dot)));
      const payload = Buffer.from(token.slice(token.indexOf(".") + 1, dot), "base64url").toString("utf8");
      const { exp } = JSON.parse(payload) as { exp: number };
      insist(good && exp * 1000 > Date.now(), "the bare check refused a token");
    },
  };
}

function verifies(name: string, cacheSize: number, cookies: readonly string[]): Variant {
  const options = { baseURL, secret, strategy: "stateless", revocations: false } as const;
  const verifier = createVerifier({ ...options, jwt: { cacheSize } });
  return {
    name,
    awaited: true,
    async run(index) {
      const { status } = await verifier.verify({ cookie: cookies[index % cookies.length] ?? "" });
      insist(status === "active", `${name} found nobody signed in`);
    },
  };
}

async function openEdge(): Promise<OpenSuite> {
  const issuer = createAuth({ secret, baseURL, strategy: "stateless" });
  const signedIn = await Promise.all(
    Array.from({ length: tokenCount }, (_, index) =>
      issuer.sessions.create({ userId: makeUser(index).id, method: "password", amr: ["pwd"] }),
    ),
  );
  const cookies = signedIn.map((session) => cookieHeader(session.cookies));
  insist(cookies[0]?.includes(cookieName) === true, "nobody is signed in");
  return {
    variants: [
      await bareWebCrypto(signedIn.map((session) => tokenOf(session.cookies))),
      verifies("verify, no cache", 0, cookies),
      verifies("verify, remembered token", 1000, cookies),
    ],
  };
}

/** Checks by WebCrypto alone, as at an edge. */
export const edgeSuites: readonly Suite[] = [
  {
    name: "edge check",
    about: `Cookie header to session and user by sojourn/verify; ${tokenCount} HS256 tokens in turn`,
    base: "bare WebCrypto HMAC",
    open: openEdge,
  },
];

import { type TokenKind, tokenTypes } from "../domain/claims.ts";
import type { JwsAlgorithm } from "./algorithms.ts";

/** The whole protected header of our tokens (RFC 7515 §4.1); a token says no more about itself. */
export interface JwsHeader {
  readonly alg: JwsAlgorithm;
  readonly typ: string;
  readonly kid: string;
}

/** The header of one kind of token under one key. */
export function headerOf(alg: JwsAlgorithm, kind: TokenKind, kid: string): JwsHeader {
  return { alg, typ: tokenTypes[kind], kid };
}

/** What every token with this header begins with: its first segment and the dot. */
export function headerPrefix(header: JwsHeader): string {
  return `${Buffer.from(JSON.stringify(header)).toString("base64url")}.`;
}

/**
 * The key whose header a token begins with, byte for byte.
 *
 * A header is text from a stranger that tells a verifier how to verify, and most holes of JWT
 * libraries come from listening to it. We never parse it: we know each header we make, and take no
 * other. That alone refuses `alg: none` and every algorithm that is not the key's own (RFC 8725
 * §3.1), `crit` and `b64` (RFC 7797), keys or links to keys in the header (`jwk`, `jku`, `x5u`,
 * `x5c`), a `kid` that is a path, a query or `__proto__`, a token of another kind (the wrong `typ`),
 * and any second spelling of a header that would be good.
 *
 * The search is a comparison with a few strings. How many there are is public: old keys leave.
 */
export function findByHeader<Key extends { readonly prefix: string }>(
  keys: readonly Key[],
  token: string,
): Key | undefined {
  for (const key of keys) if (token.startsWith(key.prefix)) return key;
  return undefined;
}

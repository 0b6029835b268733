import { type TokenKind, tokenTypes } from "../domain/claims.ts";
import { type JwsAlgorithm, isHmac } from "./algorithms.ts";
import { latin1FromBase64url, latin1ToBase64url } from "./base64url.ts";
import { keyIdPattern } from "./key-purposes.ts";

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

/** How the header of a kind of token names a key of the ring: a pair of keys has one name for each kind (RFC 7517 §4.5). */
export function kidOf(alg: JwsAlgorithm, kind: TokenKind, id: string): string {
  return isHmac(alg) ? id : `${id}-${kind}`;
}

const kidInHeader = new RegExp(`"kid":"(${keyIdPattern})`);
/** No header of ours is as long, in characters. */
const longestHeader = 200;

/**
 * The id of a key that a token names in a header as we make it, whether there is such a key or not. Nothing
 * is opened with it: it only tells a key that is not known from a token that is not ours.
 */
export function keyIdOf(alg: JwsAlgorithm, kind: TokenKind, token: string): string | null {
  const end = token.slice(0, longestHeader).indexOf(".");
  if (end === -1) return null;
  const [, id] = kidInHeader.exec(latin1FromBase64url(token.slice(0, end)) ?? "") ?? [];
  if (id === undefined) return null;
  return token.startsWith(headerPrefix(headerOf(alg, kind, kidOf(alg, kind, id)))) ? id : null;
}

/** What every token with this header begins with: its first segment and the dot. */
export function headerPrefix(header: JwsHeader): string {
  return `${latin1ToBase64url(JSON.stringify(header))}.`;
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

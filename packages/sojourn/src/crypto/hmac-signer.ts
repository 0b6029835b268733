import type { SessionClaims, TokenKind } from "../domain/claims.ts";
import type { TokenKeys } from "../ports/signer.ts";
import { type HmacAlgorithm, hashOf } from "./algorithms.ts";
import { checkTokenLength, longestToken, parseJson } from "./format.ts";
import { createHmac, type Hmac } from "./hmac.ts";
import { findByHeader, headerOf, headerPrefix, kidOf } from "./jws-header.ts";
import { type KeyRing, ownKey } from "./key-ring.ts";
import { perRevision } from "./keys-in-force.ts";

/** A {@link TokenKeys} that answers at once. */
export interface HmacSigner extends TokenKeys {
  sign(kind: TokenKind, claims: SessionClaims): string;
  open(kind: TokenKind, token: string): unknown;
  publicKeys(): { readonly keys: readonly object[] };
}

interface MacKey {
  readonly prefix: string;
  readonly hmac: Hmac;
}

/** Signs with HMAC (RFC 7515, RFC 7518 §3.2): synchronous, and only for whoever has the secret. */
export function createHmacSigner(ring: KeyRing, alg: HmacAlgorithm): HmacSigner {
  const keysOfKind = (kind: TokenKind): (() => readonly [MacKey, ...MacKey[]]) =>
    perRevision(ring, (id) => ({
      prefix: headerPrefix(headerOf(alg, kind, kidOf(alg, kind, id))),
      hmac: createHmac(hashOf[alg], ownKey(ring, id, `jwt:${alg}:${kind}`)),
    }));
  const keys = { access: keysOfKind("access"), session: keysOfKind("session") };

  return {
    sign(kind, claims) {
      const [{ prefix, hmac }] = keys[kind]();
      const signed = prefix + Buffer.from(JSON.stringify(claims)).toString("base64url");
      return checkTokenLength(`${signed}.${hmac.mac(signed)}`);
    },

    open(kind, token) {
      if (token.length > longestToken) return null;
      const key = findByHeader(keys[kind](), token);
      if (key === undefined) return null;
      const dot = token.lastIndexOf(".");
      // The MAC is over the exact text, so whatever else the payload might be, it is ours from here on.
      if (!key.hmac.matches(token.slice(0, dot), token.slice(dot + 1))) return null;
      return parseJson(Buffer.from(token.slice(key.prefix.length, dot), "base64url").toString("utf8"));
    },

    publicKeys: () => ({ keys: [] }),
  };
}

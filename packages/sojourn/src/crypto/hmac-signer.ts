import type { SessionClaims, TokenKind } from "../domain/claims.ts";
import type { Signer } from "../ports/signer.ts";
import { type HmacAlgorithm, hashOf } from "./algorithms.ts";
import { checkTokenLength, longestToken, parseJson } from "./format.ts";
import { createHmac, type Hmac } from "./hmac.ts";
import { findByHeader, headerOf, headerPrefix } from "./jws-header.ts";
import { type KeyRing, ownKey } from "./key-ring.ts";

/** A {@link Signer} that answers at once. */
export interface HmacSigner extends Signer {
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
  const keyOf = (id: string, kind: TokenKind): MacKey => ({
    prefix: headerPrefix(headerOf(alg, kind, id)),
    hmac: createHmac(hashOf[alg], ownKey(ring, id, `jwt:${alg}:${kind}`)),
  });
  const active = { access: keyOf(ring.activeId, "access"), session: keyOf(ring.activeId, "session") };
  const others = ring.ids.filter((id) => id !== ring.activeId);
  // The key in force first: nearly every token is of it.
  const keys: Readonly<Record<TokenKind, readonly MacKey[]>> = {
    access: [active.access, ...others.map((id) => keyOf(id, "access"))],
    session: [active.session, ...others.map((id) => keyOf(id, "session"))],
  };

  return {
    sign(kind, claims) {
      const { prefix, hmac } = active[kind];
      const signed = prefix + Buffer.from(JSON.stringify(claims)).toString("base64url");
      return checkTokenLength(`${signed}.${hmac.mac(signed)}`);
    },

    open(kind, token) {
      if (token.length > longestToken) return null;
      const key = findByHeader(keys[kind], token);
      if (key === undefined) return null;
      const dot = token.lastIndexOf(".");
      // The MAC is over the exact text, so whatever else the payload might be, it is ours from here on.
      if (!key.hmac.matches(token.slice(0, dot), token.slice(dot + 1))) return null;
      return parseJson(Buffer.from(token.slice(key.prefix.length, dot), "base64url").toString("utf8"));
    },

    publicKeys: () => ({ keys: [] }),
  };
}

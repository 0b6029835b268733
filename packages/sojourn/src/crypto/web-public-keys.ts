import type { TokenKind } from "../domain/claims.ts";
import type { AsymmetricAlgorithm } from "./algorithms.ts";
import { headerOf, headerPrefix, kidOf } from "./jws-header.ts";
import { keyIdPattern } from "./key-purposes.ts";
import { hasLowS } from "./low-s.ts";
import type { VerifyingKey } from "./web-mac-key.ts";

/** What WebCrypto calls our algorithms, and what their public keys look like (RFC 8037 §2, RFC 7518 §6.2). */
const curves = {
  EdDSA: { kty: "OKP", crv: "Ed25519", importAs: { name: "Ed25519" }, verifyAs: { name: "Ed25519" } },
  ES256: {
    kty: "EC",
    crv: "P-256",
    importAs: { name: "ECDSA", namedCurve: "P-256" },
    verifyAs: { name: "ECDSA", hash: "SHA-256" },
  },
} as const;

/** More than a ring can hold: a longer list is none of ours. */
const mostKeys = 100;

/**
 * The keys of a JWK Set (RFC 7517 §5) for one kind of token. Those of another algorithm, kind or form are passed over.
 * Null for what is no JWK Set.
 */
export async function webPublicKeys(
  set: unknown,
  alg: AsymmetricAlgorithm,
  kind: TokenKind,
): Promise<readonly VerifyingKey[] | null> {
  const keys = (set as { readonly keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys) || keys.length > mostKeys) return null;
  const read = await Promise.all(keys.map(async (jwk) => webPublicKey(jwk, alg, kind)));
  return read.filter((key) => key !== null);
}

async function webPublicKey(
  jwk: unknown,
  alg: AsymmetricAlgorithm,
  kind: TokenKind,
): Promise<VerifyingKey | null> {
  const { kty, crv, importAs, verifyAs } = curves[alg];
  const given = (jwk ?? {}) as Readonly<Record<string, unknown>>;
  const { kid, x, y } = given;
  if (given["alg"] !== alg || given["kty"] !== kty || given["crv"] !== crv || typeof x !== "string")
    return null;
  const [, id] = new RegExp(`^(${keyIdPattern})-${kind}$`).exec(typeof kid === "string" ? kid : "") ?? [];
  if (id === undefined) return null;
  // Only what makes the key: whatever else stands there is not for us to follow.
  const point = typeof y === "string" ? { kty, crv, x, y } : { kty, crv, x };
  try {
    const key = await crypto.subtle.importKey("jwk", point, importAs, false, ["verify"]);
    return {
      id,
      prefix: headerPrefix(headerOf(alg, kind, kidOf(alg, kind, id))),
      async verify(signed, signature) {
        // Of every ECDSA signature anyone can make a second one; we make the one with the low s.
        if (signature.length !== 64 || (alg === "ES256" && !hasLowS(signature))) return false;
        return crypto.subtle.verify(verifyAs, key, signature, signed);
      },
    };
  } catch {
    // A point that is not on the curve.
    return null;
  }
}

import type { CryptoKey } from "jose";
import { type TokenKind, tokenTypes } from "../domain/claims.ts";
import type { TokenKeys } from "../ports/signer.ts";
import type { AsymmetricAlgorithm } from "./algorithms.ts";
import { deriveKeyPair, type KeyPair, type PublicJwk } from "./asymmetric-keys.ts";
import { withLowS } from "./es256.ts";
import { checkTokenLength, isCanonicalBase64url, isCompactJws, parseJson } from "./format.ts";
import { findByHeader, headerOf, headerPrefix, type JwsHeader } from "./jws-header.ts";
import type { KeyRing } from "./key-ring.ts";
import { perRevision } from "./keys-in-force.ts";
import { hasLowS } from "./low-s.ts";

interface SignatureKey {
  readonly prefix: string;
  readonly header: JwsHeader;
  readonly publicJwk: PublicJwk;
  /** Importing costs more than a signature, so each key is imported once. */
  readonly privateKey: () => Promise<CryptoKey>;
  readonly publicKey: () => Promise<CryptoKey>;
}

/**
 * Signs with a private key, so that other services can verify with the public one and cannot sign
 * (RFC 7515; RFC 8037 for EdDSA, RFC 7518 §3.4 for ES256).
 */
export function createAsymmetricSigner(ring: KeyRing, alg: AsymmetricAlgorithm): TokenKeys {
  const keysOfKind = (kind: TokenKind): (() => readonly [SignatureKey, ...SignatureKey[]]) =>
    perRevision(ring, (id) => signatureKey(deriveKeyPair(ring, id, alg, kind), kind));
  const keys = { access: keysOfKind("access"), session: keysOfKind("session") };

  return {
    async sign(kind, claims) {
      const [key] = keys[kind]();
      const { CompactSign } = await import("jose");
      const payload = Buffer.from(JSON.stringify(claims));
      const signing = new CompactSign(payload).setProtectedHeader({ ...key.header });
      return checkTokenLength(oneSpelling(alg, await signing.sign(await key.privateKey())));
    },

    async open(kind, token) {
      if (!isCompactJws(token)) return null;
      const key = findByHeader(keys[kind](), token);
      if (key === undefined || !isOneSpelling(alg, token)) return null;
      const { compactVerify, errors } = await import("jose");
      const publicKey = await key.publicKey();
      try {
        const { payload } = await compactVerify(token, publicKey, { algorithms: [alg] });
        return parseJson(Buffer.from(payload).toString("utf8"));
      } catch (error) {
        // Anything but a refusal is a failure of ours, and must not read as "not signed in".
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },

    publicKeys: () => ({
      keys: Object.keys(tokenTypes).flatMap((kind) => publicJwks(keys[kind as TokenKind]())),
    }),
  };
}

function publicJwks(keys: readonly SignatureKey[]): readonly PublicJwk[] {
  return keys.map((key) => key.publicJwk);
}

function signatureKey({ publicJwk, d }: KeyPair, kind: TokenKind): SignatureKey {
  const { alg, kid, kty, crv, x, y } = publicJwk;
  const point = y === undefined ? { kty, crv, x } : { kty, crv, x, y };
  const header = headerOf(alg, kind, kid);
  return {
    header,
    prefix: headerPrefix(header),
    publicJwk,
    privateKey: importOnce({ ...point, d }, alg),
    publicKey: importOnce(point, alg),
  };
}

function importOnce(
  jwk: Readonly<Record<string, string>>,
  alg: AsymmetricAlgorithm,
): () => Promise<CryptoKey> {
  let imported: Promise<CryptoKey> | undefined;
  const load = async (): Promise<CryptoKey> => {
    const { importJWK } = await import("jose");
    return (await importJWK({ ...jwk }, alg)) as CryptoKey;
  };
  return () => (imported ??= load());
}

/** Signatures of Ed25519 have one form already (RFC 8032 §5.1.7 bounds S); those of ES256 have two. */
function oneSpelling(alg: AsymmetricAlgorithm, token: string): string {
  if (alg !== "ES256") return token;
  const start = token.lastIndexOf(".") + 1;
  const signature = Buffer.from(token.slice(start), "base64url");
  return token.slice(0, start) + withLowS(signature).toString("base64url");
}

function isOneSpelling(alg: AsymmetricAlgorithm, token: string): boolean {
  const [, payload = "", signature = ""] = token.split(".");
  const bytes = Buffer.from(signature, "base64url");
  if (bytes.length !== 64 || !isCanonicalBase64url(payload) || !isCanonicalBase64url(signature)) return false;
  return alg !== "ES256" || hasLowS(bytes);
}

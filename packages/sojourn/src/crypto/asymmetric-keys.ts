import { createECDH, createPrivateKey } from "node:crypto";
import type { TokenKind } from "../domain/claims.ts";
import type { AsymmetricAlgorithm } from "./algorithms.ts";
import { scalarFromSeed } from "./es256.ts";
import { kidOf } from "./jws-header.ts";
import { type KeyRing, ownKey } from "./key-ring.ts";

/** A public key in the form of RFC 7517, to be shown to anyone. */
export interface PublicJwk {
  readonly kty: "OKP" | "EC";
  readonly crv: "Ed25519" | "P-256";
  readonly x: string;
  readonly y?: string;
  readonly kid: string;
  readonly alg: AsymmetricAlgorithm;
  readonly use: "sig";
}

/** A key pair; `d` is the private part and stays here. */
export interface KeyPair {
  readonly publicJwk: PublicJwk;
  readonly d: string;
}

/** The DER of a PKCS #8 Ed25519 key up to its 32 bytes (RFC 8410 §7). */
const ed25519Pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The key pair of a secret for one kind of token. It is derived, so every node with the secret has
 * the same pair and there is no key file to keep, copy or lose.
 */
export function deriveKeyPair(ring: KeyRing, id: string, alg: AsymmetricAlgorithm, kind: TokenKind): KeyPair {
  const seed = ownKey(ring, id, `jwt:${alg}:${kind}`);
  const common = { kid: kidOf(alg, kind, id), alg, use: "sig" } as const;
  if (alg === "EdDSA") {
    const key = createPrivateKey({ key: Buffer.concat([ed25519Pkcs8, seed]), format: "der", type: "pkcs8" });
    const { x = "" } = key.export({ format: "jwk" });
    return { publicJwk: { kty: "OKP", crv: "Ed25519", x, ...common }, d: seed.toString("base64url") };
  }
  const scalar = scalarFromSeed(seed);
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(scalar);
  // An uncompressed point: 0x04, x, y (SEC 1 §2.3.3).
  const point = curve.getPublicKey();
  const x = point.subarray(1, 33).toString("base64url");
  const y = point.subarray(33).toString("base64url");
  return { publicJwk: { kty: "EC", crv: "P-256", x, y, ...common }, d: scalar.toString("base64url") };
}

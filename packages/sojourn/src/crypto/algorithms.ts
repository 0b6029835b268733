/** The MAC algorithms of JWS (RFC 7518 §3.2): for an issuer that is also the only verifier. */
export type HmacAlgorithm = "HS256" | "HS384" | "HS512";

/** Signatures that others can check without being able to make them (RFC 8037 §3.1, RFC 7518 §3.4). */
export type AsymmetricAlgorithm = "EdDSA" | "ES256";

/** What a deployment may sign with. It picks one; nothing in a token ever picks for it (RFC 8725 §3.1). */
export type JwsAlgorithm = HmacAlgorithm | AsymmetricAlgorithm;

/** The hash functions under our MACs. */
export type HashAlgorithm = "sha256" | "sha384" | "sha512";

/** The hash of each MAC algorithm. */
export const hashOf: Readonly<Record<HmacAlgorithm, HashAlgorithm>> = {
  HS256: "sha256",
  HS384: "sha384",
  HS512: "sha512",
};

/** Whether an algorithm is an HMAC, and so synchronous and without public keys. */
export function isHmac(alg: JwsAlgorithm): alg is HmacAlgorithm {
  return alg in hashOf;
}

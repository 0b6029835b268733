import type { TokenKind } from "../domain/claims.ts";
import { type HmacAlgorithm, hashOf } from "./algorithms.ts";
import { headerOf, headerPrefix, kidOf } from "./jws-header.ts";
import type { WebKeys } from "./web-keys.ts";

/** A key that tokens of one kind are checked with. */
export interface VerifyingKey {
  /** As the ring of the server has it. */
  readonly id: string;
  /** What every token begins with that this key made. */
  readonly prefix: string;
  /** Whether the signature of these bytes is this key's, in the one spelling that we make. */
  verify(signed: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

/** The key of a secret for one kind of token (RFC 7518 §3.2). */
export async function webMacKey(keys: WebKeys, alg: HmacAlgorithm, kind: TokenKind): Promise<VerifyingKey> {
  const hash = hashOf[alg].replace("sha", "SHA-");
  const bytes = await keys.key(`jwt:${alg}:${kind}`);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["verify"]);
  return {
    id: keys.id,
    prefix: headerPrefix(headerOf(alg, kind, kidOf(alg, kind, keys.id))),
    verify: (signed, signature) => crypto.subtle.verify("HMAC", key, signature, signed),
  };
}

import type { Signer } from "../ports/signer.ts";
import { isHmac, type JwsAlgorithm } from "./algorithms.ts";
import { createAsymmetricSigner } from "./asymmetric-signer.ts";
import { createHmacSigner } from "./hmac-signer.ts";
import type { KeyRing } from "./key-ring.ts";

/** What a {@link Signer} needs. */
export interface SignerOptions {
  readonly ring: KeyRing;
  /** The one algorithm of this deployment. */
  readonly alg: JwsAlgorithm;
}

/** Makes and opens tokens with the keys of a ring. Synchronous for `HS256`, `HS384`, `HS512`. */
export function createSigner({ ring, alg }: SignerOptions): Signer {
  return isHmac(alg) ? createHmacSigner(ring, alg) : createAsymmetricSigner(ring, alg);
}

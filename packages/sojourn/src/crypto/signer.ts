import type { TokenKind } from "../domain/claims.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Signer, TokenRefusal } from "../ports/signer.ts";
import { isHmac, type JwsAlgorithm } from "./algorithms.ts";
import { createAsymmetricSigner } from "./asymmetric-signer.ts";
import { createHmacSigner } from "./hmac-signer.ts";
import { keyIdOf } from "./jws-header.ts";
import type { KeyRing } from "./key-ring.ts";

/** What a {@link Signer} needs. */
export interface SignerOptions {
  readonly ring: KeyRing;
  /** The one algorithm of this deployment. */
  readonly alg: JwsAlgorithm;
}

/** Makes and opens tokens with the keys of a ring. Synchronous for `HS256`, `HS384`, `HS512`. */
export function createSigner({ ring, alg }: SignerOptions): Signer {
  const keys = isHmac(alg) ? createHmacSigner(ring, alg) : createAsymmetricSigner(ring, alg);
  const refusal = (kind: TokenKind, token: string): TokenRefusal => {
    const id = keyIdOf(alg, kind, token);
    if (id === null || ring.ids.includes(id)) return "signature_invalid";
    return ring.isRevoked(id) ? "key_revoked" : "key_unknown";
  };
  /** Another node may sign with a key of which no word has come yet, or came while the token was looked at. */
  const openWithNews = (kind: TokenKind, token: string, revision: number): MaybePromise<unknown> => {
    if (ring.revision !== revision) return keys.open(kind, token);
    if (refusal(kind, token) !== "key_unknown") return null;
    const news = ring.learn();
    return news === null ? null : news.then(() => keys.open(kind, token));
  };
  return {
    ...keys,
    get revision() {
      return ring.revision;
    },
    open(kind, token) {
      const { revision } = ring;
      const opened = keys.open(kind, token);
      if (opened instanceof Promise)
        return opened.then((payload: unknown) => payload ?? openWithNews(kind, token, revision));
      return opened ?? openWithNews(kind, token, revision);
    },
    refusal,
  };
}

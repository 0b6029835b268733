import type { SessionClaims, TokenKind } from "../domain/claims.ts";
import type { MaybePromise } from "./user-directory.ts";

/** Why a token did not open: its key is not known here, is not to be trusted any more, or did not make it. */
export type TokenRefusal = "key_unknown" | "key_revoked" | "signature_invalid";

/** Makes and opens tokens with the keys that are in force at the moment. */
export interface TokenKeys {
  /** A compact JWS (RFC 7515 §3.1) made with the key in force. */
  sign(kind: TokenKind, claims: SessionClaims): MaybePromise<string>;
  /**
   * The claims of a token of this kind, made by one of our keys, in the one spelling we make.
   * Synchronous with HMAC keys.
   *
   * @returns the parsed payload, or null.
   */
  open(kind: TokenKind, token: string): MaybePromise<unknown>;
  /** The public keys as a JWK Set (RFC 7517 §5); empty with HMAC keys. */
  publicKeys(): MaybePromise<{ readonly keys: readonly object[] }>;
}

/** Signs tokens, and tells genuine ones from others. It does not judge the claims. */
export interface Signer extends TokenKeys {
  /** Grows when keys come or go: what was remembered of tokens before counts no longer. */
  readonly revision: number;
  /** Why a token did not open. */
  refusal(kind: TokenKind, token: string): TokenRefusal;
}

import type { TokenKind } from "../domain/claims.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import { lifetimesOf } from "../domain/policy/lifetimes.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { Random } from "../ports/random.ts";
import type { Signer } from "../ports/signer.ts";
import {
  buildClaims,
  type ClaimFacts,
  checkLength,
  mergeClaims,
  type TokenSettings,
} from "./token-claims.ts";

/** A signed token and when it stops being good, in ms since the epoch. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: number;
}

/** Makes the tokens of a deployment. */
export class TokenIssuer {
  readonly #signer: Signer;
  readonly #settings: TokenSettings;
  readonly #policy: SessionPolicy;
  readonly #random: Random;

  constructor(signer: Signer, settings: TokenSettings, policy: SessionPolicy, random: Random) {
    this.#signer = signer;
    this.#settings = settings;
    this.#policy = policy;
    this.#random = random;
  }

  /** @param life how long it lives at most, in ms; it never outlives the session. */
  issue(
    kind: TokenKind,
    facts: ClaimFacts,
    user: BaseUser,
    life: number,
    now: number,
  ): MaybePromise<IssuedToken> {
    const jti = Buffer.from(this.#random.bytes(16)).toString("base64url");
    const lifetimes = lifetimesOf(this.#policy, facts, user);
    const plain = buildClaims(facts, user, this.#settings, lifetimes, life, jti, now);
    const added = this.#settings.addClaims?.(plain, user);
    return andThen(added, (extra) => {
      const claims = mergeClaims(plain, extra);
      return andThen(this.#signer.sign(kind, claims), (token) => ({
        token: checkLength(token, kind, this.#settings),
        expiresAt: claims.exp * 1000,
      }));
    });
  }
}

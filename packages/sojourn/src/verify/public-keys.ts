import type { AsymmetricAlgorithm } from "../crypto/algorithms.ts";
import { WebOpener } from "../crypto/web-opener.ts";
import { webPublicKeys } from "../crypto/web-public-keys.ts";
import type { TokenKind } from "../domain/claims.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Attempts } from "./attempts.ts";
import type { KeySource } from "./key-source.ts";
import type { Origin } from "./origin.ts";

/** For how long a key that nobody knows is not looked for again, in ms. */
const cooldown = 30_000;
/** For how long keys are good before they are looked at again, in ms: as long as the server lets them be cached. */
const freshFor = 300_000;

/** The keys of a JWK Set that was handed over, as it is. */
export async function givenKeys(set: object, alg: AsymmetricAlgorithm, kind: TokenKind): Promise<KeySource> {
  const opener = new WebOpener(alg);
  opener.replace((await webPublicKeys(set, alg, kind)) ?? []);
  return { opener, ready: () => true, learn: () => null };
}

/**
 * The public keys that the server shows. Old ones will do while it cannot be reached; which of them still count the
 * revocation feed says.
 */
export class RemoteKeys implements KeySource {
  readonly opener: WebOpener;
  readonly #alg: AsymmetricAlgorithm;
  readonly #kind: TokenKind;
  readonly #origin: Origin;
  readonly #attempts: Attempts;
  #loadedAt: number | null = null;

  constructor(origin: Origin, alg: AsymmetricAlgorithm, kind: TokenKind) {
    this.opener = new WebOpener(alg);
    this.#alg = alg;
    this.#kind = kind;
    this.#origin = origin;
    this.#attempts = origin.attempts(cooldown);
  }

  ready(): MaybePromise<boolean> {
    const loadedAt = this.#loadedAt;
    if (loadedAt !== null && Math.abs(this.#origin.clock.now() - loadedAt) < freshFor) return true;
    const learned = this.learn();
    return learned === null ? loadedAt !== null : learned.then(() => this.#loadedAt !== null);
  }

  learn(): Promise<void> | null {
    // A flood of tokens that name keys of their own must not become one of requests.
    const pause = this.#loadedAt === null ? 0 : cooldown;
    return this.#attempts.run((signal) => this.#load(signal), pause);
  }

  async #load(signal: AbortSignal): Promise<void> {
    const set = await this.#origin.json("/.well-known/jwks.json", {}, {}, signal);
    const keys = await webPublicKeys(set, this.#alg, this.#kind);
    if (keys === null) throw new TypeError("The server's public keys are no JWK Set.");
    this.opener.replace(keys);
    this.#loadedAt = this.#origin.clock.now();
  }
}

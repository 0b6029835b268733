import type { JSONWebKeySet, LocalJWKSet } from "jose";
import type { Clock } from "../../ports/clock.ts";
import type { ProviderFetch } from "./provider-fetch.ts";

/** For so long a key set is taken as it was fetched, in ms. */
const life = 600_000;
/** For so long an older one does while no newer one can be had. */
const longestLife = 86_400_000;
/** Tokens with keys that nobody knows make us ask once in this time, however many come. */
const cooldown = 60_000;

/** The keys that one provider signs with. They are fetched when first needed, and again when it changes them. */
export class ProviderKeys {
  readonly #fetch: ProviderFetch;
  readonly #clock: Clock;
  #known: { readonly keys: LocalJWKSet; readonly at: number } | null = null;
  #pending: Promise<LocalJWKSet> | null = null;
  #askedAgainAt = Number.NEGATIVE_INFINITY;

  constructor(fetch: ProviderFetch, clock: Clock) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /**
   * Checks the signature of a token, whatever it says. A key is never taken from the token itself.
   *
   * @param uri where the provider says its keys are.
   * @throws {Error} if it is not signed with one of them.
   */
  async verify(token: string, uri: string): Promise<void> {
    const { compactVerify, errors } = await import("jose");
    const keys = await this.#keys(uri);
    try {
      await compactVerify(token, keys);
    } catch (error) {
      const isOutOfDate =
        error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
      const newer = isOutOfDate ? await this.#newer(uri, keys) : null;
      if (newer === null) throw error;
      await compactVerify(token, newer);
    }
  }

  async #keys(uri: string): Promise<LocalJWKSet> {
    const now = this.#clock.now();
    const known = this.#known;
    if (known !== null && now < known.at + life) return known.keys;
    try {
      return await this.#load(uri);
    } catch (error) {
      if (known !== null && now < known.at + longestLife) return known.keys;
      throw error;
    }
  }

  /** What came after `keys`, or comes now; null if we asked not long ago. */
  async #newer(uri: string, keys: LocalJWKSet): Promise<LocalJWKSet | null> {
    if (this.#known !== null && this.#known.keys !== keys) return this.#known.keys;
    const now = this.#clock.now();
    if (this.#pending === null && now < this.#askedAgainAt + cooldown) return null;
    this.#askedAgainAt = now;
    return this.#load(uri);
  }

  #load(uri: string): Promise<LocalJWKSet> {
    this.#pending ??= this.#ask(uri).finally(() => {
      this.#pending = null;
    });
    return this.#pending;
  }

  async #ask(uri: string): Promise<LocalJWKSet> {
    const { createLocalJWKSet } = await import("jose");
    const response = await this.#fetch(uri, { headers: { accept: "application/json" } });
    if (response.status !== 200) throw new Error("The provider's keys cannot be had.", { cause: response });
    const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
    this.#known = { keys, at: this.#clock.now() };
    return keys;
  }
}

import type { Sealer } from "../crypto/seal.ts";
import { SojournError } from "../domain/errors.ts";
import { toIso } from "../domain/iso-time.ts";
import type { ProviderLogin, ProviderTokens, RedirectMethod } from "../login/redirect-method.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entry, EntryStore } from "../ports/entry-store.ts";
import { identityId } from "./identities.ts";

/** A token that calls a provider's services, good for a while yet. */
export interface AccessToken {
  readonly accessToken: string;
  /** ISO 8601; null if the provider does not tell. */
  readonly expiresAt: string | null;
  /** What it may do, as the provider says; null if it does not. */
  readonly scope: string | null;
}

/** What they are made of. */
export interface ProviderTokenParts {
  readonly entries: EntryStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

const space = "provider-token";
const lockSpace = "provider-token-lock";
/** A token is renewed this long before it runs out, in ms: the app's call is still to come. */
const margin = 60_000;
/** Whoever renews tells the others to wait; longer than a provider may take, in case they never come back. */
const lockLife = 15_000;
/** Between two looks at what another process is renewing, and how many there are. */
const pause = 250;
const looks = 80;
/** Each round but the last was won by somebody else; nobody loses that often. */
const rounds = 5;
/** More accounts at providers nobody has. */
const most = 100;

/**
 * Keeps what providers gave us to call them with, sealed: a copy of the store is no key to anybody's mailbox. Many
 * providers take a refresh token once, and take a second use for a theft. So one process at a time renews, the others
 * wait for what it gets, and what a new sign-in brought meanwhile is not overwritten.
 */
export class ProviderTokensKept {
  readonly #parts: ProviderTokenParts;
  readonly #renewing = new Map<string, Promise<ProviderTokens | null>>();

  constructor(parts: ProviderTokenParts) {
    this.#parts = parts;
  }

  /** Keeps what a sign-in brought, in place of what was kept of this account before. */
  async keep(login: ProviderLogin, userId: string): Promise<void> {
    const { entries, clock } = this.#parts;
    const key = identityId(login);
    const value = { provider: login.provider, sealed: this.#sealed(key, login.tokens) };
    const now = clock.now();
    for (let round = 0; round < rounds; round += 1) {
      if (await entries.add({ space, key, owner: userId, value, expiresAt: null }, now)) return;
      const before = await entries.get(space, key, now);
      // An account that was linked to somebody else before is theirs no more.
      if (before !== null && before.owner !== userId) await entries.take(space, key, now);
      else if (
        before !== null &&
        (await entries.replace(space, key, before.version, { value, expiresAt: null }, now))
      )
        return;
    }
    throw new SojournError("store_unavailable", { retryAfter: 1 });
  }

  /**
   * A token of a user's account at a provider that is good now; renewed, if need be.
   *
   * @returns null if none is kept, or the provider does not renew it any more: they have to sign in there again.
   * @throws {SojournError} `oauth_provider_unavailable`, `oauth_provider_error`, `store_unavailable`.
   */
  async token(method: RedirectMethod, userId: string): Promise<AccessToken | null> {
    const { entries, clock } = this.#parts;
    const kept = await entries.list(space, userId, clock.now(), { limit: most, after: null });
    const entry = kept.find(
      ({ value }) => (value as { readonly provider?: unknown }).provider === method.name,
    );
    if (entry === undefined) return null;
    const tokens = this.#opened(entry);
    if (tokens === null) return null;
    return viewOf(this.#isGood(tokens) ? tokens : await this.#renewedOnce(method, entry.key));
  }

  async remove(key: string): Promise<void> {
    await this.#parts.entries.take(space, key, this.#parts.clock.now());
  }

  async removeAll(userId: string): Promise<void> {
    await this.#parts.entries.removeOwned(space, userId);
  }

  /** In this process all wait for one. */
  #renewedOnce(method: RedirectMethod, key: string): Promise<ProviderTokens | null> {
    const pending = this.#renewing.get(key);
    if (pending !== undefined) return pending;
    const renewing = this.#renewed(method, key).finally(() => this.#renewing.delete(key));
    this.#renewing.set(key, renewing);
    return renewing;
  }

  /** Of all processes one renews, and the others look at what becomes of it. */
  async #renewed(method: RedirectMethod, key: string): Promise<ProviderTokens | null> {
    const { entries, clock } = this.#parts;
    for (let look = 0; look < looks; look += 1) {
      const entry = await entries.get(space, key, clock.now());
      const tokens = entry === null ? null : this.#opened(entry);
      if (entry === null || tokens === null || this.#isGood(tokens)) return tokens;
      const now = clock.now();
      const lock = { space: lockSpace, key, owner: null, value: null, expiresAt: now + lockLife };
      if (await entries.add(lock, now)) return this.#renew(method, entry, tokens);
      await new Promise<void>((resolve) => void clock.setTimer(pause, resolve));
    }
    return null;
  }

  async #renew(method: RedirectMethod, entry: Entry, old: ProviderTokens): Promise<ProviderTokens | null> {
    const { entries, clock } = this.#parts;
    const { key, version } = entry;
    try {
      // Somebody may have renewed it between our look and our lock.
      const current = await entries.get(space, key, clock.now());
      if (current === null || current.version !== version)
        return current === null ? null : this.#opened(current);
      const fresh = old.refreshToken === null ? null : await method.refresh(old.refreshToken);
      if (fresh === null) {
        await this.#drop(entry);
        return null;
      }
      const value = { provider: method.name, sealed: this.#sealed(key, fresh) };
      const written = await entries.replace(space, key, version, { value, expiresAt: null }, clock.now());
      if (written) return fresh;
      // A sign-in has brought newer ones, or the account was unlinked.
      const newer = await entries.get(space, key, clock.now());
      return newer === null ? null : this.#opened(newer);
    } finally {
      await entries.take(lockSpace, key, clock.now());
    }
  }

  /** Forgets what is no good any more, but nothing that came meanwhile. */
  async #drop({ key, version, value }: Entry): Promise<void> {
    const now = this.#parts.clock.now();
    await this.#parts.entries.replace(space, key, version, { value, expiresAt: now }, now);
  }

  #isGood({ expiresAt }: ProviderTokens): boolean {
    return expiresAt === null || this.#parts.clock.now() < expiresAt - margin;
  }

  #sealed(key: string, tokens: ProviderTokens): string {
    return this.#parts.sealer.seal(`${space}:${key}`, JSON.stringify(tokens));
  }

  /** Null for what was sealed with a secret that is no more. */
  #opened({ key, value }: Entry): ProviderTokens | null {
    const { sealed } = value as { readonly sealed: string };
    const text = this.#parts.sealer.open(`${space}:${key}`, sealed);
    return text === null ? null : (JSON.parse(text) as ProviderTokens);
  }
}

function viewOf(tokens: ProviderTokens | null): AccessToken | null {
  if (tokens === null) return null;
  const { accessToken, expiresAt, scope } = tokens;
  return { accessToken, expiresAt: expiresAt === null ? null : toIso(expiresAt), scope };
}

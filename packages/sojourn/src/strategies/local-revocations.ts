import type { RevocationFeed, RevocationListener } from "../ports/revocation-feed.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { SessionActor } from "../domain/session.ts";
import type { Notice, Revocation } from "../ports/session-store.ts";

/** Called once per session that this node learns is over. */
export type RevokedListener = (revocation: Revocation) => void;

/** What a token says that can be revoked. Times in ms since the epoch. */
export interface RevocableToken {
  readonly sid: string;
  readonly userId: string;
  readonly issuedAt: number;
  /** Who acts in its session; null where its own user does. */
  readonly actor: Pick<SessionActor, "userId" | "sid"> | null;
}

/**
 * What a node knows of a token that is genuine. `clear`: its session was not revoked, as of the allowed lag.
 * `stale`: only the store can tell, because the news is old. `outdated`: only the store can tell, because what
 * the token says of its user is; a token made now would do.
 */
export type Standing = Revocation | "clear" | "stale" | "outdated";

/** A user of whom tokens made before are out of date. Times in ms since the epoch. */
export interface OutdatedUser {
  readonly userId: string;
  readonly before: number;
  /** After it there are no such tokens any more. */
  readonly until: number;
}

/** What a node remembers of the feed. */
export interface KnownNews {
  readonly revocations: readonly Revocation[];
  readonly outdated: readonly OutdatedUser[];
}

/**
 * The sessions this node knows to be revoked, for verification that asks no store. An entry is kept
 * only until the last token of its session would have died anyway, so the set stays small.
 */
export class LocalRevocations implements RevocationListener {
  readonly #feed: RevocationFeed | null;
  readonly #maxLag: number;
  readonly #tokenLife: number;
  readonly #bySid = new Map<string, { readonly revocation: Revocation; readonly until: number }>();
  readonly #listeners = new Set<RevokedListener>();
  /** Per user: what tokens made before say of them is out of date. */
  readonly #outdated = new Map<string, { readonly before: number; readonly until: number }>();
  readonly #onKeys: () => MaybePromise<void>;
  readonly #onCurrent: (at: number) => void;
  #caughtUpAt = Number.NEGATIVE_INFINITY;
  #pruneAt = 0;

  /**
   * @param maxLag how old the feed's last word may be, in ms.
   * @param tokenLife how long a token verifies without a store after its session ended, in ms.
   * @param onKeys called when the ring of keys has changed.
   * @param onCurrent called with the time before which all news has been told.
   */
  constructor(
    feed: RevocationFeed | null,
    maxLag: number,
    tokenLife: number,
    onKeys: () => MaybePromise<void> = () => undefined,
    onCurrent: (at: number) => void = () => undefined,
  ) {
    this.#feed = feed;
    this.#maxLag = maxLag;
    this.#tokenLife = tokenLife;
    this.#onKeys = onKeys;
    this.#onCurrent = onCurrent;
  }

  /** What this node knows of a token's session: how it was revoked, or what else of it. */
  standing(token: RevocableToken, now: number): Standing {
    // The news first: a feed that starts here may bring word of this very session.
    const current = this.#isCurrent(now);
    if (this.#bySid.size > 0) {
      const { sid, actor } = token;
      const known = this.#bySid.get(sid)?.revocation;
      if (known !== undefined) return known;
      const parent = actor === null ? undefined : this.#bySid.get(actor.sid)?.revocation;
      if (parent !== undefined) return { ...parent, sid, userId: token.userId, reason: "parent_ended" };
    }
    if (!current) return "stale";
    return this.#outdated.size === 0 ? "clear" : this.#accuracy(token, now);
  }

  /** Begins to follow the feed, if that has not happened yet. */
  start(): void {
    this.#feed?.start(this);
  }

  stop(): void {
    this.#feed?.stop();
    this.#listeners.clear();
  }

  /** @returns a function that stops the listening. */
  onRevoked(listener: RevokedListener): () => void {
    this.start();
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  revoked(revocations: readonly Revocation[], at: number = Number.NEGATIVE_INFINITY): void {
    for (const revocation of revocations) {
      // The feed also brings home what this node itself did.
      if (this.#bySid.has(revocation.sid)) continue;
      const until = this.usefulUntil(revocation);
      // A node that begins is told of a month; the tokens of most of it are long dead.
      if (until <= at) continue;
      this.#bySid.set(revocation.sid, { revocation, until });
      for (const listener of this.#listeners) listener(revocation);
    }
  }

  noticed(notices: readonly Notice[]): MaybePromise<void> {
    for (const { topic, subject, at, expiresAt } of notices) {
      if (topic !== "user") continue;
      const known = this.#outdated.get(subject);
      const before = Math.max(at, known?.before ?? at);
      this.#outdated.set(subject, { before, until: Math.max(expiresAt, known?.until ?? expiresAt) });
    }
    return notices.some(({ topic }) => topic === "keys") ? this.#onKeys() : undefined;
  }

  caughtUp(at: number): void {
    this.#caughtUpAt = at;
    this.#onCurrent(at);
    if (at >= this.#pruneAt) this.#prune(at);
  }

  /** When the last token of an ended session dies by itself, in ms since the epoch. */
  usefulUntil({ expiresAt, endedAt }: Revocation): number {
    return Math.min(expiresAt, endedAt + this.#tokenLife);
  }

  /** All that is remembered, for somebody who begins to listen; null while the news is too old. */
  known(now: number): KnownNews | null {
    if (!this.#isCurrent(now)) return null;
    return {
      revocations: [...this.#bySid.values()].map(({ revocation }) => revocation),
      outdated: [...this.#outdated].map(([userId, times]) => ({ userId, ...times })),
    };
  }

  /** How many revoked sessions and changed users are remembered; for metrics. */
  get size(): number {
    return this.#bySid.size + this.#outdated.size;
  }

  #isCurrent(now: number): boolean {
    if (this.heardWithinLag(now)) return true;
    this.start();
    return this.heardWithinLag(now);
  }

  /** Whether the feed has spoken lately enough. */
  heardWithinLag(now: number): boolean {
    // Also a clock that was set back leaves the last word at a distance, and must not make it look fresh.
    return Math.abs(now - this.#caughtUpAt) <= this.#maxLag;
  }

  /** Whether the users that a token speaks of have changed since it was made. */
  #accuracy({ userId, actor, issuedAt }: RevocableToken, now: number): Standing {
    const before = Math.max(this.#changedAt(userId), actor === null ? 0 : this.#changedAt(actor.userId));
    if (issuedAt >= before) return "clear";
    // Tokens tell whole seconds: one that is made before the next begins would look as old as this one.
    return Math.floor(now / 1000) * 1000 >= before ? "outdated" : "stale";
  }

  #changedAt(userId: string): number {
    return this.#outdated.get(userId)?.before ?? 0;
  }

  #prune(now: number): void {
    for (const [userId, { until }] of this.#outdated) if (until <= now) this.#outdated.delete(userId);
    for (const [sid, { until }] of this.#bySid) if (until <= now) this.#bySid.delete(sid);
    this.#pruneAt = now + Math.max(this.#maxLag, 1000) * 10;
  }
}

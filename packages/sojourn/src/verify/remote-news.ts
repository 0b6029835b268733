import type { RevocationsReply } from "../contract/types.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Notice, Revocation } from "../ports/session-store.ts";
import { LocalRevocations, type RevocableToken, type Standing } from "../strategies/local-revocations.ts";
import type { Attempts } from "./attempts.ts";
import type { NewsSettings } from "./options.ts";
import type { Origin } from "./origin.ts";

/** After so long without news it is begun anew, in ms. */
const longestAbsence = 600_000;

/**
 * What this verifier knows of ended sessions. It asks the server when its news is too old for the token at hand,
 * and in between if it is told to follow: between two requests many runtimes let nothing run.
 */
export class RemoteNews {
  readonly #settings: NewsSettings;
  readonly #onKeys: (ids: readonly string[]) => MaybePromise<void>;
  readonly #origin: Origin;
  readonly #attempts: Attempts;
  #local: LocalRevocations;
  #cursor: string | null = null;
  /** When the news was last asked for that has come. */
  #askedAt = Number.NEGATIVE_INFINITY;

  /** @param onKeys called with the ids of the keys that still count. */
  constructor(
    origin: Origin,
    settings: NewsSettings,
    onKeys: (ids: readonly string[]) => MaybePromise<void>,
  ) {
    this.#settings = settings;
    this.#onKeys = onKeys;
    this.#origin = origin;
    this.#attempts = origin.attempts(0);
    this.#local = this.#forgotten();
  }

  /** What is known of a token that is genuine, by the news as it is. */
  standing(token: RevocableToken, now: number): Standing {
    return this.#local.standing(token, now);
  }

  /** Whether the news is at most so old, in ms. */
  isCurrent(now: number): boolean {
    return this.#local.heardWithinLag(now);
  }

  /** Whether it is time to ask for more, while the news will still do. */
  isDue(now: number): boolean {
    return now - this.#askedAt > this.#settings.maxLag / 2;
  }

  /** Brings the news up to now. Null where it was tried a moment ago. */
  catchUp(): Promise<void> | null {
    return this.#attempts.run((signal) => this.#drain(signal));
  }

  /** Asks again and again, until that is stopped. */
  follow(stopped: AbortSignal): void {
    const { clock } = this.#origin;
    const ask = async (): Promise<void> => {
      await this.catchUp();
      if (stopped.aborted) return;
      const cancel = clock.setTimer(this.#settings.maxLag / 2, () => {
        stopped.removeEventListener("abort", cancel);
        void ask();
      });
      stopped.addEventListener("abort", cancel, { once: true });
    };
    void ask();
  }

  async #drain(signal: AbortSignal): Promise<void> {
    // What is still of use of a long absence is less than all that happened in it.
    if (this.#origin.clock.now() - this.#askedAt > longestAbsence) this.#cursor = null;
    const { authorization, most } = this.#settings;
    for (let more = true; more;) {
      // What is ended while the server answers may be missed by it, so the answer vouches for its beginning.
      const begunAt = this.#origin.clock.now();
      const query = this.#cursor === null ? {} : { cursor: this.#cursor };
      const headers = { Authorization: authorization };
      const page = readPage(await this.#origin.json("/revocations", query, headers, signal));
      const local = this.#local;
      local.revoked(page.ended.map(revocationOf), begunAt);
      await local.noticed(page.users.map(noticeOf));
      await this.#onKeys(page.keys);
      this.#cursor = page.cursor;
      more = page.more;
      if (!more) local.caughtUp(begunAt);
      this.#askedAt = begunAt;
      if (local.size > most) {
        this.#local = this.#forgotten();
        this.#cursor = null;
        throw new Error(`More than ${most} ended sessions would have to be remembered.`);
      }
    }
  }

  #forgotten(): LocalRevocations {
    return new LocalRevocations(null, this.#settings.maxLag, Number.POSITIVE_INFINITY);
  }
}

/** The server has worked out until when an entry is of use; who it was is not told. */
function revocationOf({ sid, reason, until }: RevocationsReply["ended"][number]): Revocation {
  return { sid, userId: "", reason, endedAt: until, expiresAt: until };
}

function noticeOf({ userId, before, until }: RevocationsReply["users"][number]): Notice {
  return { topic: "user", subject: userId, at: before, expiresAt: until };
}

/** @throws {TypeError} for an answer that is no page of the feed: with half of one a revoked session could pass. */
function readPage(reply: unknown): RevocationsReply {
  const page = reply as RevocationsReply;
  const good =
    typeof page === "object" &&
    page !== null &&
    areAll(page.ended, ({ sid, reason, until }) => isText(sid) && isText(reason) && Number.isFinite(until)) &&
    areAll(
      page.users,
      ({ userId, before, until }) => isText(userId) && Number.isFinite(before) && Number.isFinite(until),
    ) &&
    areAll(page.keys, isText) &&
    (page.cursor === null || isText(page.cursor)) &&
    typeof page.more === "boolean";
  if (!good) throw new TypeError("The revocation feed answered something else.");
  return page;
}

function areAll<Item>(list: readonly Item[], test: (item: Item) => boolean): boolean {
  return Array.isArray(list) && list.every((item: Item | null) => item !== null && test(item));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

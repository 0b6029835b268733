import { idOfSource, type KeyRing } from "../crypto/key-ring.ts";
import { wrapKey } from "../crypto/key-wrap.ts";
import { SojournError } from "../domain/errors.ts";
import { describeKeys, type KeyPolicy, type KeyRecord, type KeyStanding } from "../domain/key-life.ts";
import { revokeKey, type RingFacts, rotateKeys, tendKeys } from "../domain/key-steps.ts";
import { mostKeys } from "../domain/policy.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Clock } from "../ports/clock.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { Random } from "../ports/random.ts";
import type { SessionStore } from "../ports/session-store.ts";
import type { EventLog } from "./event-log.ts";
import { KeyCopy, type KeySources } from "./key-copy.ts";
import { encodeKeyFile, type KeyFile } from "./key-file.ts";

/** What a keeper is made of. */
export interface KeyKeeperParts {
  /** The keys of the app's secrets; they wrap those in the store. */
  readonly secrets: KeyRing;
  readonly entries: EntryStore;
  readonly sessions: Pick<SessionStore, "announce">;
  readonly policy: KeyPolicy;
  /** How old this node's copy of the keys may be, in ms. */
  readonly maxLag: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventLog;
}

/** How long a notice of a change is kept: nodes that were away for longer read the keys anyway. In ms. */
const noticeKept = 86_400_000;
/** Between two looks after the keys, in ms, for a change whose notice was lost with the node that made it. */
const longestRest = 60_000;
/** How often a change is tried that other nodes are faster than. */
const mostRounds = 10;

/**
 * Keeps the ring of keys that the nodes share through the store, and takes the steps that are due. Any node may
 * take any step: each is a compare-and-set that one of them wins.
 */
export class KeyKeeper {
  readonly #parts: KeyKeeperParts;
  readonly #copy: KeyCopy;
  #cancel: (() => void) | null = null;
  #stopped = false;
  /** Whether this node has looked after the keys since it began. */
  #tended = false;

  constructor(parts: KeyKeeperParts) {
    this.#parts = parts;
    const { keepFor } = parts.policy;
    this.#copy = new KeyCopy({ ...parts, keepFor, onRead: () => this.#later() });
  }

  get ring(): KeyRing {
    return this.#copy.ring;
  }

  /**
   * Makes sure that the ring is no older than the allowed lag. Synchronous while the feed brings news.
   *
   * @throws {SojournError} `store_unavailable`, `config_secret_mismatch`, `store_schema_newer`.
   */
  ready(): MaybePromise<void> {
    return this.#copy.ready();
  }

  /** The keys in the store are others than before. */
  changed(): MaybePromise<void> {
    return this.#copy.read();
  }

  /** Whatever was announced before `at` (ms since the epoch) has been told by {@link changed}. */
  current(at: number): void {
    this.#copy.current(at);
  }

  /** All keys that are still of some use or interest, oldest first. */
  list(): readonly KeyStanding[] {
    const { policy, clock } = this.#parts;
    const { file, ring } = this.#copy;
    return describeKeys(file.keys, ring.readable, policy.keepFor, clock.now());
  }

  /**
   * Replaces the key that signs, as soon as everybody knows the next one. Of several calls at once one counts.
   *
   * @returns the id of the key that takes over, or just has.
   * @throws {SojournError} `key_ring_full`, `store_unavailable`.
   */
  async rotate(): Promise<string> {
    await this.#copy.read();
    const replaced = this.ring.activeId;
    let successor = "";
    await this.#change((facts) => {
      successor = this.ring.activeId;
      if (successor !== replaced) return null;
      const rotated = rotateKeys(facts);
      if (rotated === null) throw ringFull();
      successor = rotated.id;
      return rotated.keys;
    });
    return successor;
  }

  /**
   * Revokes a key. When this is done every node refuses what it made within the allowed lag. Doing it again is
   * harmless, and what to do if this fails.
   *
   * @returns whether there is such a key.
   */
  async revoke(id: string, reason: string | null): Promise<boolean> {
    let found = false;
    const changed = await this.#change((facts) => {
      const keys = revokeKey(facts, id, reason);
      found = keys !== null;
      return keys;
    });
    // Whoever revoked it before may have failed before all were told.
    if (found && !changed) await this.#announce();
    return found;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = null;
  }

  #later(): void {
    if (this.#stopped || this.#cancel !== null) return;
    const { clock, random } = this.#parts;
    const untilChange = Math.max(0, this.#copy.ring.changesAt - clock.now());
    const rest = this.#tended ? Math.min(longestRest, untilChange) : 0;
    // Not all nodes at the same moment: one of them is enough.
    const [byte = 0] = random.bytes(1);
    this.#cancel = clock.setTimer(rest + byte * 4, () => void this.#tend());
  }

  async #tend(): Promise<void> {
    // Until this is done nothing else is due.
    this.#cancel = () => undefined;
    try {
      await this.#change(tendKeys);
      this.#tended = true;
    } catch (error) {
      this.#parts.events.failure("sojourn: the keys could not be looked after", error);
    }
    this.#cancel = null;
    this.#later();
  }

  /** Changes the keys as `decide` says, from what the store has now. @returns whether anything was changed. */
  async #change(decide: (facts: RingFacts) => readonly KeyRecord[] | null): Promise<boolean> {
    const { policy, clock, random } = this.#parts;
    for (let round = 0; round < mostRounds; round += 1) {
      await this.#copy.read();
      const { file, ring, isStored } = this.#copy;
      const { source: fresh, id: freshId } = newKey(random);
      const now = clock.now();
      const keys = decide({ keys: file.keys, readable: ring.readable, policy, now, freshId });
      if (keys === null) return false;
      const sources = new Map(this.#copy.sources).set(freshId, fresh);
      const changed = { keys, wraps: this.#wrap(keys, sources) };
      if (isStored && isSame(changed, file)) return false;
      if (!(await this.#copy.replace(changed, sources))) continue;
      await this.#announce();
      return true;
    }
    throw new SojournError("store_unavailable", {
      detail: "Other nodes kept changing the keys meanwhile. Try again.",
      retryAfter: 1,
    });
  }

  #wrap(keys: readonly KeyRecord[], sources: KeySources): KeyFile["wraps"] {
    const { secrets } = this.#parts;
    const stored = keys.filter(({ origin, revokedAt }) => origin === "stored" && revokedAt === null);
    return new Map(
      stored.map(({ id }) => {
        const [source, wraps] = [sources.get(id), this.#copy.file.wraps.get(id) ?? []];
        return [id, source === undefined ? wraps : wrapKey(secrets, source, wraps, this.#tended)];
      }),
    );
  }

  async #announce(): Promise<void> {
    const { sessions, clock } = this.#parts;
    const at = clock.now();
    await sessions.announce({ topic: "keys", subject: "", at, expiresAt: at + noticeKept });
  }
}

/** 32 random bytes with an id that no command line takes for an option. */
function newKey(random: Random): { readonly source: Uint8Array; readonly id: string } {
  for (;;) {
    const source = random.bytes(32);
    const id = idOfSource(source);
    if (!id.startsWith("-")) return { source, id };
  }
}

function ringFull(): SojournError {
  return new SojournError("key_ring_full", {
    detail: `${mostKeys} keys still have to verify, and a ring holds no more. The list of keys says when the oldest is over. One that must go now can be revoked.`,
  });
}

function isSame(a: KeyFile, b: KeyFile): boolean {
  return JSON.stringify(encodeKeyFile(a)) === JSON.stringify(encodeKeyFile(b));
}

import type { KeyRing } from "../crypto/key-ring.ts";
import { unwrapKey } from "../crypto/key-wrap.ts";
import { StoredKeyRing } from "../crypto/stored-key-ring.ts";
import { SojournError } from "../domain/errors.ts";
import { keysOfSecrets, lostKeys } from "../domain/key-life.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entry, EntryStore } from "../ports/entry-store.ts";
import type { EventLog } from "./event-log.ts";
import { tellOfKeys, tellOfLostKeys } from "./key-events.ts";
import { decodeKeyFile, encodeKeyFile, keyEntry, type KeyFile, keySpace } from "./key-file.ts";

/** What a copy is made of. */
export interface KeyCopyParts {
  /** The keys of the app's secrets; they wrap those in the store. */
  readonly secrets: KeyRing;
  readonly entries: EntryStore;
  /** How long a key verifies after the next one took over, in ms. */
  readonly keepFor: number;
  /** How old the copy may be, in ms. */
  readonly maxLag: number;
  readonly clock: Clock;
  readonly events: EventLog;
  /** Called when the copy is a new one. */
  readonly onRead: () => void;
}

/** What keys are derived from, by their ids. */
export type KeySources = ReadonlyMap<string, Uint8Array>;

const longAgo = Number.NEGATIVE_INFINITY;

/** This node's copy of the ring of keys in the store, and how far it can be relied on. */
export class KeyCopy {
  readonly ring: StoredKeyRing;
  readonly #parts: KeyCopyParts;
  #file: KeyFile;
  /** The version of the record that the file is of; null if there is none. */
  #version: number | null = null;
  #sources: KeySources = new Map();
  readonly #lost = new Set<string>();
  /** When the store had this file: a read of it began then, or a write was done. */
  #fileAt = longAgo;
  /** Every change that was announced before is known. */
  #currentAt = longAgo;
  #reading: { readonly begunAt: number; readonly done: Promise<void> } | null = null;
  #learnedAt = longAgo;

  constructor(parts: KeyCopyParts) {
    const { secrets, clock, keepFor, events } = parts;
    this.#parts = parts;
    this.#file = noFile(secrets);
    this.ring = new StoredKeyRing({
      secrets,
      clock,
      keepFor,
      learn: () => this.#learn(),
      onChange: (after, before) => tellOfKeys(events, after, before, this.#file.keys),
    });
  }

  get file(): KeyFile {
    return this.#file;
  }

  /** What the keys of the file are derived from, as far as this node can read them. */
  get sources(): KeySources {
    return this.#sources;
  }

  /** Whether the store has such a record. */
  get isStored(): boolean {
    return this.#version !== null;
  }

  /**
   * Makes sure that the copy is no older than the allowed lag. Synchronous while the feed brings news.
   *
   * @throws {SojournError} `store_unavailable`, `config_secret_mismatch`, `store_schema_newer`.
   */
  ready(): MaybePromise<void> {
    const now = this.#parts.clock.now();
    if (this.#isRecent(this.#currentAt, now)) return undefined;
    const reading = this.#reading;
    return reading !== null && this.#isRecent(reading.begunAt, now) ? reading.done : this.read();
  }

  /** Every change that was announced before `at` (ms since the epoch) has led to a {@link read}. */
  current(at: number): void {
    if (this.#fileAt !== longAgo && at >= this.#fileAt) this.#confirm(at);
  }

  /** Reads the store now, whatever is known. @throws as {@link ready}. */
  read(): MaybePromise<void> {
    const begunAt = this.#parts.clock.now();
    const got = this.#parts.entries.get(keySpace, keyEntry, begunAt);
    if (!(got instanceof Promise)) return this.#take(got, begunAt, begunAt);
    const done = got.then((entry) => this.#take(entry, begunAt, begunAt));
    const reading = { begunAt, done };
    this.#reading = reading;
    const over = (): void => {
      if (this.#reading === reading) this.#reading = null;
    };
    done.then(over, over);
    return done;
  }

  /**
   * Writes another file, if the store still has this one.
   *
   * @param sources what its keys are derived from.
   * @returns whether it did.
   */
  async replace(file: KeyFile, sources: KeySources): Promise<boolean> {
    const { entries, clock } = this.#parts;
    const begunAt = clock.now();
    const change = { value: encodeKeyFile(file), expiresAt: null };
    const entry = { space: keySpace, key: keyEntry, owner: null, ...change };
    const before = this.#version;
    const written =
      before === null
        ? await entries.add(entry, begunAt)
        : await entries.replace(keySpace, keyEntry, before, change, begunAt);
    if (!written) return false;
    this.#sources = sources;
    this.#take({ ...entry, version: before === null ? 0 : before + 1 }, begunAt, clock.now());
    return true;
  }

  /** Looks for a key that a stranger named, however many name one: at most once in the allowed lag. */
  #learn(): Promise<void> | null {
    const now = this.#parts.clock.now();
    if (this.#isRecent(Math.max(this.#learnedAt, this.#fileAt), now)) return null;
    this.#learnedAt = now;
    return (async () => this.read())();
  }

  /**
   * @param from every change that was announced before is in it.
   * @param at when the store had it.
   */
  #take(entry: Entry | null, from: number, at: number): void {
    const version = entry?.version ?? null;
    // Replies may overtake each other. A version that is lower although it was read later is of a restored backup.
    if ((version ?? -1) < (this.#version ?? -1) && at <= this.#fileAt) return;
    const { secrets, events, keepFor, onRead } = this.#parts;
    const file = entry === null ? noFile(secrets) : decodeKeyFile(entry.value, secrets.ids);
    if (file === null) {
      throw new SojournError("store_schema_newer", {
        detail: "The keys in the store were written by a newer version of Sojourn. Update the package.",
      });
    }
    const sources = this.#unwrap(file);
    const lost = lostKeys(this.#file.keys, file.keys, new Set(sources.keys()), keepFor, at);
    this.#file = file;
    this.#version = version;
    this.#sources = sources;
    this.ring.load(file.keys, sources);
    tellOfLostKeys(events, lost, this.#lost);
    this.#fileAt = Math.max(this.#fileAt, at);
    this.#confirm(from);
    onRead();
  }

  /** What the keys of a file are derived from. @throws {SojournError} `config_secret_mismatch` if none can be had. */
  #unwrap({ keys, wraps }: KeyFile): KeySources {
    const sources = new Map<string, Uint8Array>();
    const stored = keys.filter(({ origin, revokedAt }) => origin === "stored" && revokedAt === null);
    for (const { id } of stored) {
      const source = this.#sources.get(id) ?? unwrapKey(this.#parts.secrets, id, wraps.get(id) ?? []);
      if (source !== null) sources.set(id, source);
    }
    if (stored.length === 0 || sources.size > 0) return sources;
    throw new SojournError("config_secret_mismatch", {
      detail:
        "The keys in the store were wrapped with another secret. Give createAuth that secret, or both: the new one first, the one before behind it.",
    });
  }

  #confirm(at: number): void {
    if (at > this.#currentAt || !this.#isRecent(this.#currentAt, at)) this.#currentAt = at;
  }

  #isRecent(at: number, now: number): boolean {
    // A clock that was set back must not make an old look fresh.
    return Math.abs(now - at) <= this.#parts.maxLag;
  }
}

/** The ring of a store that has none yet. */
function noFile(secrets: KeyRing): KeyFile {
  return { keys: keysOfSecrets(secrets.ids, []), wraps: new Map() };
}

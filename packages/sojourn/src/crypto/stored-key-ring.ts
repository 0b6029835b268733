import { type KeyRecord, type RingView, viewKeys } from "../domain/key-life.ts";
import type { Clock } from "../ports/clock.ts";
import { SojournError } from "../domain/errors.ts";
import { type KeyRing, keysOf, type PurposeKeys } from "./key-ring.ts";

/** What a {@link StoredKeyRing} is made of. */
export interface StoredRingParts {
  /** The keys of the app's secrets. */
  readonly secrets: KeyRing;
  readonly clock: Clock;
  /** How long a key verifies after the next one took over, in ms. */
  readonly keepFor: number;
  readonly learn: KeyRing["learn"];
  /** Called with each new view, and the one before it. */
  readonly onChange: (after: RingView, before: RingView | null) => void;
}

/**
 * A ring whose keys come and go by the clock. It is told what keys there are, and looks at the time by
 * itself whenever it is asked, so that no timer that is late lets the wrong key sign.
 */
export class StoredKeyRing implements KeyRing {
  readonly tagId: string;
  readonly learn: KeyRing["learn"];
  readonly #parts: StoredRingParts;
  readonly #keysOf = new Map<string, PurposeKeys>();
  #records: readonly KeyRecord[] = [];
  #view: RingView | null = null;
  #revision = 0;

  constructor(parts: StoredRingParts) {
    this.#parts = parts;
    this.tagId = parts.secrets.tagId;
    this.learn = parts.learn;
  }

  /**
   * Takes these keys for all there are.
   *
   * @param sources what the stored keys are derived from, by id; those that could not be read are missing.
   */
  load(records: readonly KeyRecord[], sources: ReadonlyMap<string, Uint8Array>): void {
    for (const id of this.#keysOf.keys()) if (!sources.has(id)) this.#keysOf.delete(id);
    for (const [id, source] of sources) if (!this.#keysOf.has(id)) this.#keysOf.set(id, keysOf(source));
    this.#records = records;
    this.#look();
  }

  get activeId(): string {
    return this.#now().signer;
  }

  get ids(): readonly string[] {
    return this.#now().verifying;
  }

  get revision(): number {
    this.#now();
    return this.#revision;
  }

  key(id: string, purpose: Parameters<KeyRing["key"]>[1]): Buffer | null {
    const { secrets } = this.#parts;
    // Tags outlive every key that signs, and what wraps the keys cannot lie among them.
    if (purpose === "session-tag" || purpose === "key-wrap") return secrets.key(id, purpose);
    if (!this.#now().verifying.includes(id)) return null;
    return this.#keysOf.get(id)?.(purpose) ?? secrets.key(id, purpose);
  }

  isRevoked(id: string): boolean {
    return this.#now().revoked.has(id);
  }

  /** When the keys change by themselves, in ms since the epoch; infinite if they do not. */
  get changesAt(): number {
    return this.#now().changesAt;
  }

  /** The ids of which this node has the key. */
  get readable(): ReadonlySet<string> {
    return new Set([...this.#parts.secrets.ids, ...this.#keysOf.keys()]);
  }

  #now(): RingView {
    if (this.#view === null)
      throw new SojournError("store_unavailable", {
        detail: "The keys have not been read yet.",
        retryAfter: 1,
      });
    if (this.#parts.clock.now() >= this.#view.changesAt) this.#look();
    return this.#view;
  }

  #look(): void {
    const { clock, keepFor, onChange } = this.#parts;
    const before = this.#view;
    const view = viewKeys(this.#records, this.readable, keepFor, clock.now());
    if (view === null)
      throw new SojournError("internal", {
        detail: "No key is left that could sign. Revoke one to get another.",
      });
    this.#view = view;
    this.#revision += 1;
    onChange(view, before);
  }
}

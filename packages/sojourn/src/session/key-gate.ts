import type { KeyRing } from "../crypto/key-ring.ts";
import { SojournError } from "../domain/errors.ts";
import type { KeyPolicy } from "../domain/key-life.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { KeyKeeper, KeyKeeperParts } from "./key-keeper.ts";

/**
 * Stands where the ring of keys is, until that has been read from the store: `createAuth` answers at once, and what
 * needs keys waits at {@link ready}. The code that reads and keeps them loads with the first use as well.
 */
export class KeyGate {
  /** The ring, as soon as it has been read; before that it fails like a store that is away. */
  readonly ring: KeyRing;
  readonly policy: KeyPolicy;
  readonly #parts: KeyKeeperParts;
  #keeper: KeyKeeper | null = null;
  #loading: Promise<KeyKeeper> | null = null;
  #follow: () => void = () => undefined;

  constructor(parts: KeyKeeperParts) {
    const { secrets } = parts;
    this.#parts = parts;
    this.policy = parts.policy;
    const inner = (): KeyRing => {
      if (this.#keeper !== null) return this.#keeper.ring;
      throw new SojournError("store_unavailable", {
        detail: "The keys have not been read yet.",
        retryAfter: 1,
      });
    };
    this.ring = {
      get activeId() {
        return inner().activeId;
      },
      get ids() {
        return inner().ids;
      },
      get revision() {
        return inner().revision;
      },
      tagId: secrets.tagId,
      key: (id, purpose) => (purpose === "session-tag" ? secrets.key(id, purpose) : inner().key(id, purpose)),
      isRevoked: (id) => inner().isRevoked(id),
      learn: () => inner().learn(),
    };
  }

  /** What brings news of changes, begun with the first use. */
  set follow(start: () => void) {
    this.#follow = start;
  }

  /**
   * Makes sure that the keys have been read, and not too long ago. Synchronous while the feed brings news.
   *
   * @throws {SojournError} `store_unavailable`, `config_secret_mismatch`, `store_schema_newer`.
   */
  ready(): MaybePromise<void> {
    return this.#keeper === null ? this.keeper().then((keeper) => keeper.ready()) : this.#keeper.ready();
  }

  /** Who keeps the keys. */
  keeper(): Promise<KeyKeeper> {
    this.#loading ??= import("./key-keeper.ts").then(({ KeyKeeper: Keeper }) => {
      this.#keeper = new Keeper(this.#parts);
      this.#follow();
      return this.#keeper;
    });
    return this.#loading;
  }

  /** The keys in the store are others than before. */
  changed(): MaybePromise<void> {
    return this.#keeper?.changed();
  }

  /** Whatever was announced before `at` (ms since the epoch) has been told by {@link changed}. */
  current(at: number): void {
    this.#keeper?.current(at);
  }

  stop(): void {
    this.#keeper?.stop();
  }
}

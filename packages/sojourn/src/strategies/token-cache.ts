interface Entry<T> {
  readonly token: string;
  readonly expiresAt: number;
  readonly value: T;
}

/** A MAC of HS256 is 43 characters of base64url; any suffix of a token serves as the key as well. */
const keyLength = 43;

/**
 * Remembers tokens whose signature and claims were good, so that the next request with one costs a
 * map look-up. Two generations of a Map make a cheap LRU: a full young one becomes the old one.
 *
 * The key is the token's end (its signature): shorter to hash than the whole. It alone decides
 * nothing: the whole token is compared, and its expiry checked, at every hit. Whether the session
 * was revoked is not remembered here; the caller asks that each time.
 */
export class TokenCache<T> {
  readonly #size: number;
  #young = new Map<string, Entry<T>>();
  #old = new Map<string, Entry<T>>();

  /** @param size how many tokens one generation holds; 0 remembers nothing. */
  constructor(size: number) {
    this.#size = size;
  }

  /** @param now ms since the epoch. */
  get(token: string, now: number): T | undefined {
    const key = token.slice(-keyLength);
    let entry = this.#young.get(key);
    if (entry === undefined) {
      entry = this.#old.get(key);
      if (entry === undefined) return undefined;
      this.#add(key, entry);
    }
    return entry.token === token && now < entry.expiresAt ? entry.value : undefined;
  }

  /** @param expiresAt when the token stops being good, in ms since the epoch. */
  set(token: string, expiresAt: number, value: T): void {
    if (this.#size > 0) this.#add(token.slice(-keyLength), { token, expiresAt, value });
  }

  get enabled(): boolean {
    return this.#size > 0;
  }

  #add(key: string, entry: Entry<T>): void {
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, entry);
  }
}

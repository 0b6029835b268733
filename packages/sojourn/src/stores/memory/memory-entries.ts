import type { Entry, EntryPage, EntryStore } from "../../ports/entry-store.ts";

/** Small records in a Map per space. Nothing here waits for anything, so each verb is one atomic step. */
export class MemoryEntries implements EntryStore {
  readonly #spaces = new Map<string, Map<string, Entry>>();

  add(entry: Omit<Entry, "version">, now: number): boolean {
    const { space, key } = entry;
    if (this.get(space, key, now) !== null) return false;
    const entries = this.#spaces.get(space) ?? new Map<string, Entry>();
    this.#spaces.set(space, entries.set(key, detached({ ...entry, version: 0 })));
    return true;
  }

  get(space: string, key: string, now: number): Entry | null {
    const entry = this.#spaces.get(space)?.get(key);
    return entry !== undefined && isLive(entry, now) ? detached(entry) : null;
  }

  replace(
    space: string,
    key: string,
    version: number,
    { value, expiresAt }: Pick<Entry, "value" | "expiresAt">,
    now: number,
  ): boolean {
    const entry = this.get(space, key, now);
    if (entry === null || entry.version !== version) return false;
    this.#spaces.get(space)?.set(key, detached({ ...entry, value, expiresAt, version: version + 1 }));
    return true;
  }

  take(space: string, key: string, now: number): Entry | null {
    const entry = this.get(space, key, now);
    this.#spaces.get(space)?.delete(key);
    return entry;
  }

  list(space: string, owner: string | null, now: number, { limit, after }: EntryPage): readonly Entry[] {
    return [...(this.#spaces.get(space)?.values() ?? [])]
      .filter((entry) => isLive(entry, now) && (owner === null || entry.owner === owner))
      .filter(({ key }) => after === null || compareBytes(key, after) < 0)
      .toSorted((a, b) => compareBytes(b.key, a.key))
      .slice(0, limit)
      .map(detached);
  }

  removeOwned(space: string, owner: string): number {
    const entries = this.#spaces.get(space);
    const owned = [...(entries?.values() ?? [])].filter((entry) => entry.owner === owner);
    for (const { key } of owned) entries?.delete(key);
    return owned.length;
  }

  deleteExpired(before: number, limit: number): number {
    let removed = 0;
    for (const entries of this.#spaces.values()) {
      for (const { key, expiresAt } of entries.values()) {
        if (removed === limit) return removed;
        if (expiresAt === null || expiresAt >= before) continue;
        entries.delete(key);
        removed += 1;
      }
    }
    return removed;
  }
}

function isLive({ expiresAt }: Entry, now: number): boolean {
  return expiresAt === null || now < expiresAt;
}

/** A copy that shares nothing changeable with the original. */
function detached(entry: Entry): Entry {
  return { ...entry, value: JSON.parse(JSON.stringify(entry.value)) as Entry["value"] };
}

/** UTF-8 orders texts otherwise than UTF-16 does beyond U+FFFF, and databases compare bytes. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

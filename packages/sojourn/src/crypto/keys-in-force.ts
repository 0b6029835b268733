import type { KeyRing } from "./key-ring.ts";

/**
 * Something made of each key of a ring, the one that signs first: nearly every token is of it. Each is made
 * once, and the list anew only when the ring is another.
 */
export function perRevision<Made>(
  ring: KeyRing,
  make: (id: string) => Made,
): () => readonly [Made, ...Made[]] {
  let revision = Number.NaN;
  let made = new Map<string, Made>();
  let list: readonly [Made, ...Made[]] | null = null;
  return () => {
    if (list !== null && ring.revision === revision) return list;
    const { activeId, ids } = ring;
    const before = made;
    const known = (id: string): Made => before.get(id) ?? make(id);
    made = new Map([activeId, ...ids.filter((id) => id !== activeId)].map((id) => [id, known(id)]));
    list = [...made.values()] as [Made, ...Made[]];
    revision = ring.revision;
    return list;
  };
}

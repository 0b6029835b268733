/** A key as the ring remembers it. In a ring the keys stand in the order in which their turn comes to sign. */
export interface KeyRecord {
  /** Public: tokens name the key that signed them by it. */
  readonly id: string;
  /** `secret`: derived from the app's secret, and there from the beginning. `stored`: made by a rotation. */
  readonly origin: "secret" | "stored";
  /** Ms since the epoch. */
  readonly announcedAt: number;
  /** When it begins to sign, in ms since the epoch; null while nothing is planned. */
  readonly activatesAt: number | null;
  readonly revokedAt: number | null;
  /** Why it was revoked, in the operator's words. */
  readonly reason: string | null;
}

/** The rules that a ring lives by, in ms. */
export interface KeyPolicy {
  /** How long a key signs; null: until told otherwise. */
  readonly rotateEvery: number | null;
  /** How long a key is known to everybody before it signs. */
  readonly announceFor: number;
  /** How long a key verifies after the next one took over. */
  readonly keepFor: number;
}

/**
 * `announced` verifies and is published, and does not sign yet; one key is `active`: it signs; a
 * `retired` one verifies what it signed; nothing of a `revoked` one is good.
 */
export type KeyState = "announced" | "active" | "retired" | "revoked";

/** A key of which something is to be told. Times in ms since the epoch; null where there is no such time. */
export interface KeyStanding {
  readonly record: KeyRecord;
  readonly state: KeyState;
  readonly retiresAt: number | null;
  readonly verifiesUntil: number | null;
}

/** What a ring is for at a moment. */
export interface RingView {
  /** The key that signs. */
  readonly signer: string;
  /** The keys that verify and are published, the one that signs first. */
  readonly verifying: readonly string[];
  readonly revoked: ReadonlySet<string>;
  readonly states: ReadonlyMap<string, KeyState>;
  /** When all this changes by itself; infinite if it does not. */
  readonly changesAt: number;
}

/** The keys that are derived from the app's secrets: before the first stored key takes over, the first secret signs. */
export function keysOfSecrets(
  ids: readonly string[],
  revoked: readonly Pick<KeyRecord, "id" | "revokedAt" | "reason">[],
): readonly KeyRecord[] {
  return ids.toReversed().map((id) => {
    const { revokedAt = null, reason = null } = revoked.find((one) => one.id === id) ?? {};
    const always = Number.NEGATIVE_INFINITY;
    return { id, origin: "secret", announcedAt: always, activatesAt: always, revokedAt, reason };
  });
}

/**
 * What the keys of a ring are for now.
 *
 * @param readable the ids whose key this node has in its hands; one that it has not is as good as revoked.
 * @returns null if there is no key left that could sign.
 */
export function viewKeys(
  keys: readonly KeyRecord[],
  readable: ReadonlySet<string>,
  keepFor: number,
  now: number,
): RingView | null {
  const until = keys.map((_, i) => verifiesUntil(keys, i, keepFor));
  const usable = keys.map(
    ({ id, revokedAt }, i) => revokedAt === null && readable.has(id) && now < (until[i] ?? 0),
  );
  const at = indexOfSigner(keys, usable, now);
  const signer = keys[at];
  if (signer === undefined) return null;
  const others = keys.filter((key, i) => usable[i] === true && key !== signer);
  const changes = [...keys.map(({ activatesAt }) => activatesAt ?? 0), ...until].filter((time) => time > now);
  return {
    signer: signer.id,
    verifying: [signer.id, ...others.map(({ id }) => id)],
    revoked: new Set(keys.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => id)),
    states: new Map(keys.map((key, i) => [key.id, stateOf(key, i, at)])),
    changesAt: Math.min(Number.POSITIVE_INFINITY, ...changes),
  };
}

/** All that is to be told of the keys that are still of some use or interest, in their order. */
export function describeKeys(
  keys: readonly KeyRecord[],
  readable: ReadonlySet<string>,
  keepFor: number,
  now: number,
): readonly KeyStanding[] {
  const states = viewKeys(keys, readable, keepFor, now)?.states;
  return keys.flatMap((record, i) => {
    const until = verifiesUntil(keys, i, keepFor);
    if (until <= now && record.revokedAt === null) return [];
    const state = states?.get(record.id) ?? "revoked";
    return {
      record,
      state,
      retiresAt: retiresAt(keys, i),
      verifiesUntil: Number.isFinite(until) ? until : null,
    };
  });
}

/** A key began or ceased to be something. */
export interface KeyChange {
  readonly change: "announced" | "activated" | "retired" | "revoked";
  readonly id: string;
}

/** What became different between two views of a ring. */
export function changesBetween(before: RingView, after: RingView): readonly KeyChange[] {
  return [...after.states].flatMap(([id, state]): readonly KeyChange[] => {
    const earlier = before.states.get(id);
    if (earlier === state) return [];
    if (state === "announced" || state === "revoked") return [{ change: state, id }];
    if (state === "active") return [{ change: "activated", id }];
    return earlier === "active" ? [{ change: "retired", id }] : [];
  });
}

/** The stored keys that should verify and cannot: gone before their time, or not to be read by this node. */
export function lostKeys(
  before: readonly KeyRecord[],
  after: readonly KeyRecord[],
  readable: ReadonlySet<string>,
  keepFor: number,
  now: number,
): readonly string[] {
  const there = new Set(after.map(({ id }) => id));
  const expected = (keys: readonly KeyRecord[]): readonly string[] =>
    keys
      .filter(
        (key, i) =>
          key.origin === "stored" && key.revokedAt === null && now < verifiesUntil(keys, i, keepFor),
      )
      .map(({ id }) => id);
  return [
    ...expected(before).filter((id) => !there.has(id)),
    ...expected(after).filter((id) => !readable.has(id)),
  ];
}

/** When the next key took over, or is to. */
function retiresAt(keys: readonly KeyRecord[], index: number): number | null {
  const next = keys.slice(index + 1).find((key) => key.origin === "stored" && key.activatesAt !== null);
  return next?.activatesAt ?? null;
}

/** Until when a key verifies that is not revoked, in ms since the epoch; infinite while no other is to take over. */
export function verifiesUntil(keys: readonly KeyRecord[], index: number, keepFor: number): number {
  const retired = retiresAt(keys, index);
  return retired === null ? Number.POSITIVE_INFINITY : retired + keepFor;
}

/**
 * The key whose turn it is. If it was revoked or cannot be read, the next one has its turn at once, on
 * every node and whatever its clock says; those that are retired come last, since nobody would keep
 * them for as long as what they sign now may live.
 */
function indexOfSigner(keys: readonly KeyRecord[], usable: readonly boolean[], now: number): number {
  const turn = keys.findLastIndex(({ activatesAt }) => activatesAt !== null && activatesAt <= now);
  const next = usable.indexOf(true, Math.max(turn, 0));
  return next === -1 ? usable.lastIndexOf(true) : next;
}

function stateOf(key: KeyRecord, index: number, signer: number): KeyState {
  if (key.revokedAt !== null) return "revoked";
  if (index === signer) return "active";
  return index > signer ? "announced" : "retired";
}

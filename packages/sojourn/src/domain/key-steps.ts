import { type KeyPolicy, type KeyRecord, type RingView, verifiesUntil, viewKeys } from "./key-life.ts";
import { mostKeys } from "./policy.ts";

/** What the decisions about a ring are made from. */
export interface RingFacts {
  readonly keys: readonly KeyRecord[];
  /** The ids whose key this node has in its hands. */
  readonly readable: ReadonlySet<string>;
  readonly policy: KeyPolicy;
  /** Ms since the epoch. */
  readonly now: number;
  /** The id of a key that was just made, for where one is wanted. */
  readonly freshId: string;
}

/** How many revoked keys are remembered; the revocation of an older one holds all the same, since it is gone. */
const mostRevoked = 20;

/**
 * What is due: removes keys that are of no use any more, lets another sign in place of one that cannot, plans
 * the next rotation, and sees to it that a next key is always known ahead of its time. So a key that has to
 * go at once has a successor that every node, and every service that caches public keys, knows already.
 *
 * @returns the keys after that.
 */
export function tendKeys(facts: RingFacts): readonly KeyRecord[] {
  const { policy, now, freshId } = facts;
  const readable = new Set(facts.readable).add(freshId);
  let keys = withoutTheUseless(facts);
  let view = viewKeys(keys, readable, policy.keepFor, now);
  if (view === null || hadItsTurn(keys, view, now)) {
    keys = [...keys, announcement(freshId, now, now)];
    view = viewKeys(keys, readable, policy.keepFor, now);
  }
  if (view === null) return keys;
  const signer = view.signer;
  keys = keys.map((key) => (key.id === signer && isEarly(key, now) ? { ...key, activatesAt: now } : key));
  const active = keys.find(({ id }) => id === signer) as KeyRecord;
  const next = nextInTurn(keys, view);
  if (next === undefined) {
    if (!hasRoom(keys) || keys.some(({ id }) => id === freshId)) return keys;
    return [...keys, announcement(freshId, now, planned(active, now, policy))];
  }
  // Only ever earlier: nodes that disagree for a while about `rotateEvery` must not go on undoing each other.
  const plan = planned(active, next.announcedAt, policy);
  if (plan === null || (next.activatesAt !== null && next.activatesAt <= plan)) return keys;
  return keys.map((key) => (key === next ? { ...key, activatesAt: plan } : key));
}

/**
 * Lets the next key take over as soon as everybody knows it.
 *
 * @returns the keys after that and the id of the next one; null if there is no room for another.
 */
export function rotateKeys(
  facts: RingFacts,
): { readonly keys: readonly KeyRecord[]; readonly id: string } | null {
  const { policy, now, freshId } = facts;
  const keys = tendKeys(facts);
  const readable = new Set(facts.readable).add(freshId);
  const view = viewKeys(keys, readable, policy.keepFor, now);
  const next = view === null ? undefined : nextInTurn(keys, view);
  if (next === undefined) return null;
  const earliest = Math.max(now, next.announcedAt + policy.announceFor);
  if (next.activatesAt !== null && next.activatesAt <= earliest) return { keys, id: next.id };
  const moved = keys.map((key) => (key === next ? { ...key, activatesAt: earliest } : key));
  return { keys: tendKeys({ ...facts, keys: moved }), id: next.id };
}

/** Revokes a key. @returns the keys after that, with one that can sign; null if there is no such key. */
export function revokeKey(facts: RingFacts, id: string, reason: string | null): readonly KeyRecord[] | null {
  const { keys, now } = facts;
  if (!keys.some((key) => key.id === id)) return null;
  const revoked = keys.map((key): KeyRecord => {
    if (key.id !== id || key.revokedAt !== null) return key;
    // One that never signed has taken over from nobody.
    const activatesAt = isEarly(key, now) ? null : key.activatesAt;
    return { ...key, activatesAt, revokedAt: now, reason };
  });
  return tendKeys({ ...facts, keys: revoked });
}

/** When a key that was announced then takes over from the active one; null if nothing is planned. */
function planned(active: KeyRecord, announcedAt: number, policy: KeyPolicy): number | null {
  const earliest = announcedAt + policy.announceFor;
  // A key of the secret signs only until there is one that can be revoked.
  if (active.origin === "secret") return earliest;
  if (policy.rotateEvery === null) return null;
  return Math.max(earliest, (active.activatesAt ?? announcedAt) + policy.rotateEvery);
}

function announcement(id: string, announcedAt: number, activatesAt: number | null): KeyRecord {
  return { id, origin: "stored", announcedAt, activatesAt, revokedAt: null, reason: null };
}

function isEarly({ activatesAt }: KeyRecord, now: number): boolean {
  return activatesAt === null || activatesAt > now;
}

/** Whether the one that signs is a key whose turn is over: there was none after it that could. */
function hadItsTurn(keys: readonly KeyRecord[], { signer }: RingView, now: number): boolean {
  const at = keys.findIndex(({ id }) => id === signer);
  return keys.slice(at + 1).some((key) => key.origin === "stored" && !isEarly(key, now));
}

function nextInTurn(keys: readonly KeyRecord[], { signer, verifying }: RingView): KeyRecord | undefined {
  const at = keys.findIndex(({ id }) => id === signer);
  return keys.slice(at + 1).find(({ id }) => verifying.includes(id));
}

function hasRoom(keys: readonly KeyRecord[]): boolean {
  return keys.filter(({ origin, revokedAt }) => origin === "stored" && revokedAt === null).length < mostKeys;
}

function withoutTheUseless({ keys, policy, now }: RingFacts): readonly KeyRecord[] {
  const revoked = keys.filter(({ origin, revokedAt }) => origin === "stored" && revokedAt !== null);
  const forgotten = new Set(revoked.slice(0, -mostRevoked));
  return keys.filter((key, i) => {
    if (key.revokedAt !== null) return now < key.revokedAt + policy.keepFor && !forgotten.has(key);
    return key.origin === "secret" || now < verifiesUntil(keys, i, policy.keepFor);
  });
}

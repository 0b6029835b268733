import type { JsonValue } from "../domain/session.ts";
import { type KeyRecord, keysOfSecrets } from "../domain/key-life.ts";

/**
 * A ring as the store keeps it: all keys in one small record, so that each change of the ring (one key is revoked,
 * the next one takes over, another is announced) is one compare-and-set.
 */
export interface KeyFile {
  readonly keys: readonly KeyRecord[];
  /** What each stored key is kept as, by id; nothing of a revoked one is kept. */
  readonly wraps: ReadonlyMap<string, readonly string[]>;
}

/** Where it is kept. */
export const keySpace = "key";
/** The one key in {@link keySpace}. */
export const keyEntry = "ring";

/** For {@link KeyFile} as JSON. Of the keys that come from a secret only the revoked ones are noted. */
export function encodeKeyFile({ keys, wraps }: KeyFile): JsonValue {
  const noted = keys.filter(({ origin, revokedAt }) => origin === "stored" || revokedAt !== null);
  return {
    v: 1,
    keys: noted.map(({ id, origin, announcedAt, activatesAt, revokedAt, reason }) =>
      origin === "secret"
        ? { id, origin, revokedAt, reason }
        : {
            id,
            announcedAt,
            activatesAt,
            ...(revokedAt === null ? { wraps: wraps.get(id) ?? [] } : { revokedAt, reason }),
          },
    ),
  };
}

/**
 * The ring in a store's record.
 *
 * @param secretIds the ids of the app's secrets, whose keys are in every ring.
 * @returns null for what this version did not write.
 */
export function decodeKeyFile(value: JsonValue, secretIds: readonly string[]): KeyFile | null {
  const { v, keys } = (isObject(value) ? value : {}) as { v?: unknown; keys?: unknown };
  if (v !== 1 || !Array.isArray(keys)) return null;
  const noted = keys.map(recordOf);
  if (noted.includes(null)) return null;
  const all = noted as readonly KeyRecord[];
  const revoked = all.filter(({ origin }) => origin === "secret");
  // Also those of secrets that this node does not have: others may.
  const ids = new Set([...secretIds, ...revoked.map(({ id }) => id)]);
  return {
    keys: [...keysOfSecrets([...ids], revoked), ...all.filter(({ origin }) => origin === "stored")],
    wraps: new Map(
      keys.flatMap(({ id, wraps }: { id: string; wraps?: unknown }) =>
        Array.isArray(wraps) ? [[id, wraps.filter((wrap) => typeof wrap === "string")] as const] : [],
      ),
    ),
  };
}

function recordOf(value: unknown): KeyRecord | null {
  if (!isObject(value)) return null;
  const {
    id,
    origin = "stored",
    announcedAt = 0,
    activatesAt = null,
    revokedAt = null,
    reason = null,
  } = value;
  const right =
    typeof id === "string" &&
    (origin === "stored" || origin === "secret") &&
    Number.isFinite(announcedAt) &&
    [activatesAt, revokedAt].every((time) => time === null || Number.isFinite(time)) &&
    (reason === null || typeof reason === "string");
  return right ? ({ id, origin, announcedAt, activatesAt, revokedAt, reason } as KeyRecord) : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { SojournError } from "./domain/errors.ts";
import { toIso } from "./domain/iso-time.ts";
import type { KeyStanding, KeyState } from "./domain/key-life.ts";
import type { KeyRing } from "./crypto/key-ring.ts";
import type { KeyGate } from "./session/key-gate.ts";

/** A key, without anything that could sign. Times in ISO 8601; null where there is no such time. */
export interface KeyInfo {
  /** What tokens name it by. */
  readonly id: string;
  /** `secret`: derived from the app's secret. `stored`: made by a rotation, and kept in the store. */
  readonly origin: "secret" | "stored";
  readonly state: KeyState;
  readonly announcedAt: string | null;
  /** When it begins or began to sign. */
  readonly activatesAt: string | null;
  /** When the next one takes over or took over. */
  readonly retiresAt: string | null;
  /** Until when it verifies what it signed. */
  readonly verifiesUntil: string | null;
  readonly revokedAt: string | null;
  readonly reason: string | null;
}

/** What can be done with the keys. */
export interface Keys {
  /** The keys that are of any use or interest, oldest first. */
  list(): Promise<readonly KeyInfo[]>;
  /**
   * Replaces the key that signs: the next one takes over as soon as it has been known for `announceFor`, which
   * is at once unless the last rotation was a moment ago. No token is refused for it.
   *
   * @returns the key that takes over.
   * @throws {SojournError} `config_invalid` without the option `keys`; `key_ring_full`, `store_unavailable`.
   */
  rotate(): Promise<KeyInfo>;
  /**
   * Revokes a key: every node refuses what it made within `maxRevocationLag`. If it is the one that signs, the next
   * one takes over at once. Doing it again is harmless.
   *
   * @param reason for the list and the event; at most 100 characters.
   * @returns the key; null if there is none of this id.
   * @throws {SojournError} `config_invalid` without the option `keys`; `invalid_input`, `store_unavailable`.
   */
  revoke(id: string, reason?: string): Promise<KeyInfo | null>;
}

const longestReason = 100;

/** The keys of a ring that comes from the secrets alone. */
export function keysOfSecret(ring: KeyRing): Keys {
  const refuse = async (): Promise<never> => {
    throw new SojournError("config_invalid", {
      detail:
        "These keys come from the secret and change with it. To rotate and revoke them give createAuth the option keys, such as keys: {}.",
    });
  };
  return {
    list: async () =>
      ring.ids.map((id): KeyInfo => {
        const never = { announcedAt: null, activatesAt: null, retiresAt: null, verifiesUntil: null };
        const state = id === ring.activeId ? "active" : "retired";
        return { id, origin: "secret", state, ...never, revokedAt: null, reason: null };
      }),
    rotate: refuse,
    revoke: refuse,
  };
}

/** The keys that the nodes share through the store. */
export function keysOfStore(gate: KeyGate): Keys {
  const list = async (): Promise<readonly KeyInfo[]> => {
    await gate.ready();
    return (await gate.keeper()).list().map(infoOf);
  };
  return {
    list,
    async rotate() {
      await gate.ready();
      const id = await (await gate.keeper()).rotate();
      return (await list()).find((key) => key.id === id) as KeyInfo;
    },
    async revoke(id, reason) {
      if (reason !== undefined && (typeof reason !== "string" || reason.length > longestReason)) {
        throw new SojournError("invalid_input", {
          detail: `The reason must be a text of at most ${longestReason} characters.`,
        });
      }
      await gate.ready();
      if (!(await (await gate.keeper()).revoke(id, reason ?? null))) return null;
      return (await list()).find((key) => key.id === id) ?? null;
    },
  };
}

function infoOf({ record, state, retiresAt, verifiesUntil }: KeyStanding): KeyInfo {
  const iso = (time: number | null): string | null =>
    time !== null && Number.isFinite(time) ? toIso(time) : null;
  return {
    id: record.id,
    origin: record.origin,
    state,
    announcedAt: iso(record.announcedAt),
    activatesAt: iso(record.activatesAt),
    retiresAt: iso(retiresAt),
    verifiesUntil: record.revokedAt === null ? iso(verifiesUntil) : null,
    revokedAt: iso(record.revokedAt),
    reason: record.reason,
  };
}

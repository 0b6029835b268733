import type { RefreshLineage, SessionRecord } from "../domain/session.ts";

const dayInMs = 86_400_000;
let made = 0;

/**
 * A session as a store is given it: signed in at 2030-01-01, idle after 7 days, over after 30. Every
 * call gives another sid; those made later sort later.
 */
export function sampleSession(overrides: Partial<SessionRecord> = {}): SessionRecord {
  const createdAt = overrides.createdAt ?? Date.UTC(2030, 0, 1);
  return {
    sid: sampleSid(createdAt),
    userId: "user-1",
    kind: "user",
    method: "password",
    transport: "cookie",
    remember: true,
    createdAt,
    authTime: createdAt,
    lastSeenAt: createdAt,
    idleTimeout: 7 * dayInMs,
    expiresAt: createdAt + 30 * dayInMs,
    endedAt: null,
    endReason: null,
    version: 0,
    secretHash: null,
    refresh: null,
    ip: "192.0.2.1",
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    amr: ["pwd"],
    acr: null,
    actor: null,
    data: {},
    ...overrides,
  };
}

/** The lineage of a hybrid session whose first refresh token has just been handed out. */
export function sampleLineage(overrides: Partial<RefreshLineage> = {}): RefreshLineage {
  return {
    counter: 0,
    confirmedCounter: 0,
    rotatedAt: Date.UTC(2030, 0, 1),
    seed: Uint8Array.from({ length: 32 }, (_, at) => at * 7),
    keyId: "key-1",
    ...overrides,
  };
}

/** A UUIDv7 (RFC 9562 §5.7) whose random bits are a running number: no two of one process are the same. */
export function sampleSid(createdAt: number = Date.UTC(2030, 0, 1)): string {
  made += 1;
  const time = createdAt.toString(16).padStart(12, "0");
  const number = made.toString(16).padStart(15, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${number.slice(0, 3)}-8${number.slice(3, 6)}-${number.slice(6)}000`;
}

import type {
  EndReason,
  JsonValue,
  SessionActor,
  SessionKind,
  SessionRecord,
  Transport,
} from "../../domain/session.ts";
import type { SqlRow, SqlValue } from "./driver.ts";

/** The columns of a session but for its sid, in the order in which every statement gives them. */
export const recordColumns = [
  "user_id",
  "kind",
  "method",
  "transport",
  "remember",
  "created_at",
  "auth_time",
  "last_seen_at",
  "idle_timeout",
  "expires_at",
  "ended_at",
  "end_reason",
  "version",
  "secret_hash",
  "counter",
  "confirmed_counter",
  "rotated_at",
  "seed",
  "key_id",
  "ip",
  "user_agent",
  "amr",
  "acr",
  "actor",
  "data",
] as const;

/** The name of a column of a session. */
export type RecordColumn = (typeof recordColumns)[number];

/** How many columns {@link recordColumns} has: what a statement selects after them begins here. */
export const recordWidth: number = recordColumns.length;

/** A row that begins with {@link recordColumns}. */
type RecordRow = readonly [
  userId: string,
  kind: SessionKind,
  method: string,
  transport: Transport,
  remember: number,
  createdAt: number,
  authTime: number,
  lastSeenAt: number,
  idleTimeout: number,
  expiresAt: number,
  endedAt: number | null,
  endReason: EndReason | null,
  version: number,
  secretHash: Uint8Array | null,
  counter: number | null,
  confirmedCounter: number,
  rotatedAt: number,
  seed: Uint8Array,
  keyId: string,
  ip: string | null,
  userAgent: string | null,
  amr: string,
  acr: string | null,
  actor: string | null,
  data: string,
];

const noData: SessionRecord["data"] = Object.freeze({});
const noMethods: SessionRecord["amr"] = Object.freeze([]);

/** Reads a session. On the hot path: no JSON is parsed where a column holds its empty default. */
export function readRecord(sid: string, sqlRow: SqlRow): SessionRecord {
  const row = sqlRow as unknown as RecordRow;
  return {
    sid,
    userId: row[0],
    kind: row[1],
    method: row[2],
    transport: row[3],
    remember: row[4] !== 0,
    createdAt: row[5],
    authTime: row[6],
    lastSeenAt: row[7],
    idleTimeout: row[8],
    expiresAt: row[9],
    endedAt: row[10],
    endReason: row[11],
    version: row[12],
    secretHash: row[13],
    refresh:
      row[14] === null
        ? null
        : { counter: row[14], confirmedCounter: row[15], rotatedAt: row[16], seed: row[17], keyId: row[18] },
    ip: row[19],
    userAgent: row[20],
    amr: row[21] === "[]" ? noMethods : (JSON.parse(row[21]) as string[]),
    acr: row[22],
    actor: row[23] === null ? null : (JSON.parse(row[23]) as SessionActor),
    data: row[24] === "{}" ? noData : (JSON.parse(row[24]) as Record<string, JsonValue>),
  };
}

/** The values of a new session, in the order of {@link recordColumns}. */
export function recordValues(record: SessionRecord): SqlValue[] {
  return [
    record.userId,
    record.kind,
    record.method,
    record.transport,
    record.remember ? 1 : 0,
    record.createdAt,
    record.authTime,
    record.lastSeenAt,
    record.idleTimeout,
    record.expiresAt,
    record.endedAt,
    record.endReason,
    record.version,
    record.secretHash,
    ...lineageValues(record.refresh),
    record.ip,
    record.userAgent,
    JSON.stringify(record.amr),
    record.acr,
    record.actor && JSON.stringify(record.actor),
    JSON.stringify(record.data),
  ];
}

/** The values of the five columns of a refresh lineage. */
export function lineageValues(refresh: SessionRecord["refresh"]): SqlValue[] {
  if (refresh === null) return [null, null, null, null, null];
  return [refresh.counter, refresh.confirmedCounter, refresh.rotatedAt, refresh.seed, refresh.keyId];
}

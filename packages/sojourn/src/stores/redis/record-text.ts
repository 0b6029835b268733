import type {
  EndReason,
  JsonValue,
  SessionActor,
  SessionKind,
  SessionRecord,
  Transport,
} from "../../domain/session.ts";
import type { SessionPatch } from "../../ports/session-store.ts";
import { storeFailure } from "../store-failure.ts";
import { userKeyOf } from "./key-names.ts";

/**
 * A session as it is stored, read as JSON. The first thirteen after the form are the head, which scripts read.
 * One in which somebody acts as the user has the form 2, so that a process of before this was known does not
 * take it for the user's own.
 */
type RecordRow = readonly [
  form: 1 | 2,
  lastSeenAt: number,
  idleTimeout: number,
  expiresAt: number,
  endedAt: number | null,
  version: number,
  counter: number | null,
  confirmedCounter: number,
  rotatedAt: number,
  createdAt: number,
  kind: SessionKind,
  endReason: EndReason | null,
  userKey: string,
  call: string,
  userId: string,
  transport: Transport,
  remember: boolean,
  method: string,
  authTime: number,
  secretHash: string | null,
  seed: string,
  keyId: string,
  ip: string | null,
  userAgent: string | null,
  amr: string[],
  acr: string | null,
  data: Record<string, JsonValue>,
  actor?: SessionActor,
];

/** Where a value stands for the scripts: up to 13 in the head, then line by line. */
const place = {
  lastSeenAt: 1,
  counter: 6,
  confirmedCounter: 7,
  rotatedAt: 8,
  method: 16,
  authTime: 17,
  secretHash: 18,
  seed: 19,
  keyId: 20,
  ip: 21,
  userAgent: 22,
  amr: 23,
  acr: 24,
} as const;

/** Writes a new session. @param call by which the call that adds it is known again; base64url. */
export function recordText(record: SessionRecord, call: string): string {
  const { refresh, actor } = record;
  const head = [
    actor === null ? 1 : 2,
    record.lastSeenAt,
    record.idleTimeout,
    record.expiresAt,
    record.endedAt,
    record.version,
    refresh?.counter ?? null,
    refresh?.confirmedCounter ?? 0,
    refresh?.rotatedAt ?? 0,
    record.createdAt,
    record.kind,
    record.endReason,
    userKeyOf(record.userId),
    call,
  ];
  const lines = [
    JSON.stringify(head).slice(0, -1),
    JSON.stringify(record.userId),
    `${JSON.stringify(record.transport)},${record.remember}`,
    JSON.stringify(record.method),
    String(record.authTime),
    bytesText(record.secretHash),
    bytesText(refresh?.seed ?? null),
    JSON.stringify(refresh?.keyId ?? null),
    JSON.stringify(record.ip),
    JSON.stringify(record.userAgent),
    JSON.stringify(record.amr),
    JSON.stringify(record.acr),
    "{",
  ];
  const entries = Object.entries(record.data).map(([key, value]) => entryText(key, value));
  const data = entries.length === 0 ? "" : `${entries.join("\n,")}\n`;
  return `${lines.join("\n,")}\n${data}}${actor === null ? "" : `,${JSON.stringify(actor)}`}]`;
}

/** One key of a session's data, as the session has it. */
export function entryText(key: string, value: JsonValue): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

/** What a patch changes: pairs of place and value. Values that it does not name are not touched. */
export function patchPairs(patch: SessionPatch): string[] {
  const pairs: string[] = [];
  const set = (at: number, json: string | undefined): void => {
    if (json !== undefined) pairs.push(String(at), json);
  };
  // JSON of what is undefined is undefined.
  for (const name of ["lastSeenAt", "authTime", "method", "ip", "userAgent", "amr", "acr"] as const) {
    set(place[name], JSON.stringify(patch[name]));
  }
  if (patch.secretHash !== undefined) set(place.secretHash, bytesText(patch.secretHash));
  if (patch.refresh !== undefined) {
    set(place.counter, JSON.stringify(patch.refresh?.counter ?? null));
    set(place.confirmedCounter, String(patch.refresh?.confirmedCounter ?? 0));
    set(place.rotatedAt, String(patch.refresh?.rotatedAt ?? 0));
    set(place.seed, bytesText(patch.refresh?.seed ?? null));
    set(place.keyId, JSON.stringify(patch.refresh?.keyId ?? null));
  }
  return pairs;
}

/**
 * Reads a session. On the hot path.
 *
 * @throws {SojournError} `store_unavailable` for what a newer version wrote.
 */
export function readRecord(sid: string, text: string): SessionRecord {
  const row = JSON.parse(text) as RecordRow;
  if (row[0] !== 1 && row[0] !== 2)
    throw storeFailure(new Error(`Session ${sid} is stored in an unknown form.`));
  const counter = row[6];
  return {
    sid,
    userId: row[14],
    kind: row[10],
    method: row[17],
    transport: row[15],
    remember: row[16],
    createdAt: row[9],
    authTime: row[18],
    lastSeenAt: row[1],
    idleTimeout: row[2],
    expiresAt: row[3],
    endedAt: row[4],
    endReason: row[11],
    version: row[5],
    secretHash: row[19] === null ? null : Buffer.from(row[19], "base64url"),
    refresh:
      counter === null
        ? null
        : {
            counter,
            confirmedCounter: row[7],
            rotatedAt: row[8],
            seed: Buffer.from(row[20], "base64url"),
            keyId: row[21],
          },
    ip: row[22],
    userAgent: row[23],
    amr: row[24],
    acr: row[25],
    data: row[26],
    actor: row[27] ?? null,
  };
}

function bytesText(bytes: Uint8Array | null): string {
  if (bytes === null) return "null";
  return `"${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url")}"`;
}

import type { Device } from "./device.ts";
import type { EventType, SojournEvent } from "./events.ts";
import { longestUserAgent } from "./request-context.ts";

/** Whether an event is to be kept. */
export type EventFilter = (event: SojournEvent) => boolean;

/** A kept event, as whoever runs the app reads it. Narrow on `type`, as with events. */
export type AuditRecord = SojournEvent & {
  /** Unique, and greater the later it was told: where a list goes on. */
  readonly id: string;
  /** What the user agent says. */
  readonly device: Device;
};

/** The kept events of certain types. */
export type AuditRecordOf<Type extends EventType> = Extract<AuditRecord, { readonly type: Type }>;

type ImpersonationRecord = AuditRecordOf<"impersonation_started" | "impersonation_ended">;

/** The same as its user reads it. Why somebody acted as them, and from which session of their own, is not told. */
export type ActivityRecord =
  | Exclude<AuditRecord, ImpersonationRecord>
  | DistributiveOmit<ImpersonationRecord, "reason" | "actorSid">;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/**
 * What is kept unless the app chooses otherwise: what people and operators did. What anybody on the network may cause
 * as often as they like is left out, lest they fill the store with it; so is what happens all day long.
 */
const keptByDefault: ReadonlySet<EventType> = new Set<EventType>([
  "session_created",
  "session_ended",
  "sessions_ended",
  "authn_token_reuse",
  "authn_token_ahead",
  "authn_login_success",
  "session_anomaly",
  "authn_step_up",
  "authn_password_change",
  "user_created",
  "user_updated",
  "user_deleted",
  "user_exported",
  "identity_linked",
  "identity_unlinked",
  "provider_logout",
  "anonymous_upgraded",
  "impersonation_started",
  "impersonation_ended",
  "excess_sessions_exceeded",
  "key_announced",
  "key_activated",
  "key_retired",
  "key_revoked",
  "key_lost",
  "audit_events_lost",
]);

/** See {@link keptByDefault}. Of sign-ins that failed, those of an account that there is: for one account the rate limit bounds them. */
export const isKeptByDefault: EventFilter = (event) =>
  keptByDefault.has(event.type) || (event.type === "authn_login_fail" && event.userId !== undefined);

/** Whose an event is; null for nobody's. That a user was removed is no record of theirs: it stays when theirs go. */
export function ownerOf(event: SojournEvent): string | null {
  if (event.type === "user_deleted") return null;
  if (event.type === "anonymous_upgraded") return event.to;
  return "userId" in event ? (event.userId ?? null) : null;
}

/** An event as it is kept. */
export type KeptEvent = SojournEvent & {
  /** What the user agent named, where that itself is not kept. */
  readonly device?: Device;
};

/** The form in which an event is kept. A client may send a user agent of any length. */
export function keptForm(event: SojournEvent, device: Device | undefined): KeptEvent {
  const userAgent = event.userAgent?.slice(0, longestUserAgent) ?? null;
  return { ...event, userAgent, ...(device === undefined ? {} : { device }) };
}

/** An event as its user may read it. */
export function activityOf(record: AuditRecord): ActivityRecord {
  if (record.type !== "impersonation_started" && record.type !== "impersonation_ended") return record;
  const { reason: _reason, actorSid: _actorSid, ...rest } = record;
  return rest;
}

const timeDigits = 12;
const countDigits = 6;
const randomDigits = 16;
const idFormat = new RegExp(`^[0-9a-f]{${timeDigits + countDigits + randomDigits}}$`);

/**
 * The id of a record: its time, its place among the records that one process made in that time, and chance, so that
 * ids of two processes never meet. As texts they are in the order of their times.
 */
export function auditId(time: number, count: number, random: Uint8Array): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  const chance = [...random.subarray(0, randomDigits / 2)].map((byte) => hex(byte, 2)).join("");
  return hex(Math.trunc(time), timeDigits) + hex(count, countDigits) + chance;
}

/** Whether a text may be the id of a record. */
export function isAuditId(text: string): boolean {
  return idFormat.test(text);
}

/** When a record was made, in ms since the epoch. */
export function auditTime(id: string): number {
  return Number.parseInt(id.slice(0, timeDigits), 16);
}

import type { KeyRing } from "../crypto/key-ring.ts";
import { createSid } from "../crypto/sid.ts";
import { subjectOf } from "../domain/events.ts";
import { dataLimits } from "../domain/policy/data-limits.ts";
import type { Session, SessionData, SessionRecord } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { SessionStore } from "../ports/session-store.ts";
import type { FreshSecrets } from "../strategies/verification.ts";
import type { EventLog, RequestContext } from "./event-log.ts";
import type { SessionClients } from "./session-clients.ts";

/** Brings what is kept beside a session to the one that takes its place; null where nothing is. */
export type CarryOver =
  | ((fromSid: string, to: Pick<Session, "sid" | "absoluteExpiresAt">) => Promise<void>)
  | null;

/** What a successor takes. */
export interface SuccessorParts {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly ring: KeyRing;
  readonly events: EventLog;
  readonly clients: SessionClients;
}

/** A session that is to take the place of another, and what its holder will prove it with. */
export interface Successor {
  readonly record: SessionRecord;
  readonly secrets: FreshSecrets;
}

/**
 * The record of a session that takes the place of a live one and differs in its id and its credentials alone:
 * nothing was proven, so neither end moves. It is not in the store yet.
 *
 * @param secretsFor makes the secrets, given the new id.
 * @param client as it is kept.
 */
export function successorOf(
  before: SessionRecord,
  secretsFor: (sid: string, now: number) => FreshSecrets,
  client: RequestContext,
  { clock, random, ring }: Pick<SuccessorParts, "clock" | "random" | "ring">,
): Successor {
  const now = clock.now();
  const sid = createSid(before.userId, now, random, ring);
  const secrets = secretsFor(sid, now);
  const record = {
    ...before,
    ...secrets.stored,
    sid,
    lastSeenAt: now,
    version: 0,
    ip: client.ip,
    userAgent: client.userAgent,
  };
  return { record, secrets };
}

/** Adds a successor; it takes no room of its own. @param fromSid the session whose place it takes. */
export async function addSuccessor(
  record: SessionRecord,
  fromSid: string,
  context: RequestContext,
  { store, events, clients }: Pick<SuccessorParts, "store" | "events" | "clients">,
): Promise<void> {
  await store.create(record, null);
  await (await clients?.())?.succeeded(fromSid, record, context);
  const { kind, method, transport } = record;
  events.emit({ type: "session_created", ...subjectOf(record), kind, method, transport }, context);
}

/**
 * Brings over what was written to a session between the copying of its data and its end. From the end on nothing can be
 * written to it, so whoever writes either is in time for this or is told that the session is over.
 *
 * @param from a session that has just ended.
 * @param to one that nobody holds yet.
 */
export async function bringOver(
  from: string,
  to: string,
  copied: SessionData,
  { store, clock }: Pick<SuccessorParts, "store" | "clock">,
): Promise<void> {
  const data = (await store.find(from))?.record.data ?? copied;
  const now = clock.now();
  for (const [key, value] of Object.entries(data)) {
    if (JSON.stringify(copied[key]) !== JSON.stringify(value))
      await store.setData(to, key, value, now, dataLimits.totalBytes);
  }
  for (const key of Object.keys(copied)) if (!Object.hasOwn(data, key)) await store.deleteData(to, key, now);
}

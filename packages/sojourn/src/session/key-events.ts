import { changesBetween, type KeyRecord, type RingView } from "../domain/key-life.ts";
import { toIso } from "../domain/iso-time.ts";
import { type EventLog, noContext } from "./event-log.ts";

/** Tells what became of the keys. Each process tells of what it knows, so that one can see when all of them do. */
export function tellOfKeys(
  events: EventLog,
  after: RingView,
  before: RingView | null,
  keys: readonly KeyRecord[],
): void {
  for (const { change, id } of before === null ? [] : changesBetween(before, after)) {
    const { activatesAt, reason } = keys.find((key) => key.id === id) ?? { activatesAt: null, reason: null };
    if (change === "announced")
      events.emit(
        { type: "key_announced", keyId: id, activatesAt: activatesAt === null ? null : toIso(activatesAt) },
        noContext,
      );
    else if (change === "revoked") events.emit({ type: "key_revoked", keyId: id, reason }, noContext);
    else events.emit({ type: `key_${change}`, keyId: id }, noContext);
  }
}

/** Tells of keys that are lost, of each once. @param told those that were told of; the new ones are added. */
export function tellOfLostKeys(events: EventLog, lost: readonly string[], told: Set<string>): void {
  for (const keyId of lost) {
    if (told.has(keyId)) continue;
    told.add(keyId);
    events.emit({ type: "key_lost", keyId }, noContext);
  }
}

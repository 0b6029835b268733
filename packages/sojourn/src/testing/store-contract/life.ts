import { equal } from "node:assert/strict";
import type { SessionRecord } from "../../domain/session.ts";
import type { SessionStore } from "../../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../sample-session.ts";
import { minute, recordOf, same, second, start, type Suite } from "./suite.ts";

/** Every verb that writes to one session; each tells whether it reached it. */
const writes: Readonly<
  Record<string, (sessions: SessionStore, sid: string, now: number) => Promise<boolean>>
> = {
  touch: async (sessions, sid, now) => (await sessions.touch([{ sid, seenAt: now, now, counter: 1 }])) === 1,
  rotate: async (sessions, sid, now) => (await sessions.rotate(sid, 1, now, "key-2")) !== null,
  update: async (sessions, sid, now) =>
    (await sessions.update(sid, 0, { authTime: now, lastSeenAt: now }, now)) !== null,
  setData: async (sessions, sid, now) => (await sessions.setData(sid, "key", now, now, 1000)) === "stored",
  deleteData: async (sessions, sid, now) => sessions.deleteData(sid, "old", now),
  revoke: async (sessions, sid, now) => (await sessions.revoke(sid, now, "revoked")) !== null,
  revokeByUser: async (sessions, _sid, now) =>
    (await sessions.revokeByUser("user-1", now, "revoked", null)).length === 1,
};

const idleAt = start + 10 * minute;
const endsAt = start + 25 * minute;

function shortLived(overrides: Partial<SessionRecord> = {}): SessionRecord {
  const refresh = sampleLineage({ counter: 1, confirmedCounter: 0 });
  return sampleSession({
    idleTimeout: 10 * minute,
    expiresAt: endsAt,
    refresh,
    data: { old: 1 },
    ...overrides,
  });
}

/** Being alive: exact to the millisecond, and final. */
export function lifeContract({ describe, check }: Suite): void {
  describe("a session is alive", () => {
    for (const [verb, write] of Object.entries(writes)) {
      check(`for ${verb} until 1 ms before its idle timeout`, async (sessions) => {
        const record = shortLived();
        await sessions.create(record, null);
        equal(await write(sessions, record.sid, idleAt - 1), true);
      });

      check(`for ${verb} until 1 ms before its absolute timeout`, async (sessions) => {
        const record = shortLived({ lastSeenAt: endsAt - second });
        await sessions.create(record, null);
        equal(await write(sessions, record.sid, endsAt - 1), true);
      });

      check(`no longer for ${verb} at its idle timeout`, async (sessions) => {
        const record = shortLived();
        await sessions.create(record, null);
        equal(await write(sessions, record.sid, idleAt), false);
        same(await recordOf(sessions, record.sid), record);
      });

      check(`no longer for ${verb} at its absolute timeout`, async (sessions) => {
        const record = shortLived({ lastSeenAt: endsAt - second });
        await sessions.create(record, null);
        equal(await write(sessions, record.sid, endsAt), false);
        same(await recordOf(sessions, record.sid), record);
      });

      check(`no longer for ${verb} once it was ended, whatever the time`, async (sessions) => {
        const record = shortLived();
        await sessions.create(record, null);
        await sessions.revoke(record.sid, start + minute, "signed_out");
        const ended = { ...record, endedAt: start + minute, endReason: "signed_out" };
        // A write from a node whose clock is behind comes late too.
        for (const now of [start - minute, start, start + minute, start + minute + 1]) {
          equal(await write(sessions, record.sid, now), false);
        }
        same(await recordOf(sessions, record.sid), ended);
        equal((await sessions.revokedSince(null, 10)).revocations.length, 1);
      });
    }

    check("in the list of its user for exactly as long", async (sessions) => {
      const record = shortLived();
      await sessions.create(record, null);
      const listedAt = async (now: number): Promise<number> =>
        (await sessions.listByUser("user-1", now, { limit: 5, offset: 0 })).length;
      equal(await listedAt(idleAt - 1), 1);
      equal(await listedAt(idleAt), 0);
      await sessions.touch([{ sid: record.sid, seenAt: idleAt - 1, now: idleAt - 1, counter: null }]);
      await sessions.touch([
        { sid: record.sid, seenAt: endsAt - 6 * minute, now: endsAt - 6 * minute, counter: null },
      ]);
      equal(await listedAt(endsAt - 1), 1);
      equal(await listedAt(endsAt), 0);
    });
  });

  describe("a touch", () => {
    check("slides the idle timeout by exactly as much", async (sessions) => {
      const record = shortLived();
      await sessions.create(record, null);
      const seenAt = start + 4 * minute;
      await sessions.touch([{ sid: record.sid, seenAt, now: seenAt, counter: null }]);
      equal(await sessions.setData(record.sid, "a", 1, seenAt + 10 * minute, 1000), "gone");
      equal(await sessions.setData(record.sid, "a", 1, seenAt + 10 * minute - 1, 1000), "stored");
    });

    check("never lengthens the absolute timeout, however often it comes", async (sessions) => {
      const record = shortLived();
      await sessions.create(record, null);
      for (let now = start; now < endsAt; now += minute) {
        equal(await sessions.touch([{ sid: record.sid, seenAt: now, now, counter: null }]), 1);
      }
      equal(await sessions.touch([{ sid: record.sid, seenAt: endsAt, now: endsAt, counter: null }]), 0);
      equal(await sessions.rotate(record.sid, 1, endsAt, "key-1"), null);
      equal((await recordOf(sessions, record.sid)).expiresAt, endsAt);
    });
  });
}

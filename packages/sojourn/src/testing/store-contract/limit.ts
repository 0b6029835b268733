import { equal } from "node:assert/strict";
import type { SessionLimit } from "../../domain/policy.ts";
import type { SessionStore } from "../../ports/session-store.ts";
import { sampleSession } from "../sample-session.ts";
import { parallel, recordOf, same, second, start, type Suite } from "./suite.ts";

const evictAbove = (max: number): SessionLimit => ({ max, onExceed: "evict-oldest" });
const denyAbove = (max: number): SessionLimit => ({ max, onExceed: "deny" });

async function aliveSids(sessions: SessionStore, userId = "user-1"): Promise<string[]> {
  const list = await sessions.listByUser(userId, start + second, { limit: 1000, offset: 0 });
  return list.map(({ sid }) => sid).toSorted();
}

/** `create` with a limit. */
export function limitContract({ describe, check }: Suite): void {
  describe("a limit that evicts", () => {
    check("ends the oldest, with reason limit, and names them", async (sessions) => {
      const records = Array.from({ length: 4 }, (_, at) => sampleSession({ createdAt: start + at }));
      const results = [];
      for (const record of records) results.push(await sessions.create(record, evictAbove(2)));
      const [first, other, third, fourth] = records.map(({ sid }) => sid);
      same(
        results.map(({ evicted }) => evicted),
        [[], [], [first], [other]],
      );
      same(await aliveSids(sessions), [third!, fourth!].toSorted());
      same(await recordOf(sessions, first!), { ...records[0], endedAt: start + 2, endReason: "limit" });
      const { revocations } = await sessions.revokedSince(null, 10);
      same(
        revocations.map(({ sid, reason }) => [sid, reason]),
        [
          [first, "limit"],
          [other, "limit"],
        ],
      );
    });

    check("ends as many as it takes when the limit has become lower", async (sessions) => {
      const records = Array.from({ length: 6 }, (_, at) => sampleSession({ createdAt: start + at }));
      for (const record of records.slice(0, 5)) await sessions.create(record, null);
      const { evicted } = await sessions.create(records[5]!, evictAbove(2));
      same(
        evicted.toSorted(),
        records.slice(0, 4).map(({ sid }) => sid),
      );
      equal((await aliveSids(sessions)).length, 2);
    });

    check("of one leaves the new one alone", async (sessions) => {
      const [older, newer] = [sampleSession(), sampleSession()];
      await sessions.create(older, evictAbove(1));
      same(await sessions.create(newer, evictAbove(1)), { created: true, evicted: [older.sid] });
      same(await aliveSids(sessions), [newer.sid]);
    });

    check("never ends the new session, also where its node's clock is behind", async (sessions) => {
      const ahead = Array.from({ length: 2 }, () => sampleSession({ createdAt: start + 10 }));
      for (const record of ahead) await sessions.create(record, evictAbove(2));
      const behind = sampleSession({ createdAt: start });
      const { created, evicted } = await sessions.create(behind, evictAbove(2));
      same([created, evicted.length], [true, 1]);
      equal((await aliveSids(sessions)).includes(behind.sid), true);
    });

    check("holds for each user and each kind on its own", async (sessions) => {
      const records = [
        sampleSession(),
        sampleSession({ userId: "user-2" }),
        sampleSession({ kind: "agent" }),
      ];
      for (const record of records)
        same(await sessions.create(record, evictAbove(1)), { created: true, evicted: [] });
    });

    check("does not count what is over", async (sessions) => {
      const records = Array.from({ length: 3 }, () => sampleSession());
      await sessions.create(sampleSession({ idleTimeout: 5 }), null);
      await sessions.create(records[0]!, null);
      await sessions.create(records[1]!, null);
      await sessions.revoke(records[0]!.sid, start, "signed_out");
      const late = { ...records[2]!, createdAt: start + 5, lastSeenAt: start + 5 };
      same(await sessions.create(late, evictAbove(2)), { created: true, evicted: [] });
    });

    check("counts and ends nothing again that a node with its clock ahead has ended", async (sessions) => {
      const [ended, newer] = [sampleSession(), sampleSession({ createdAt: start + 5 })];
      await sessions.create(ended, null);
      await sessions.revoke(ended.sid, start + 10, "signed_out");
      same(await sessions.create(newer, evictAbove(1)), { created: true, evicted: [] });
      same(await recordOf(sessions, ended.sid), { ...ended, endedAt: start + 10, endReason: "signed_out" });
    });

    check("is never exceeded by 100 sign-ins at once", async (sessions) => {
      const results = await parallel(100, (at) =>
        sessions.create(sampleSession({ createdAt: start + at }), evictAbove(5)),
      );
      equal(
        results.every(({ created }) => created),
        true,
      );
      const evicted = results.flatMap((result) => result.evicted);
      same([evicted.length, new Set(evicted).size], [95, 95]);
      const alive = await aliveSids(sessions);
      equal(alive.length, 5);
      equal(
        alive.some((sid) => evicted.includes(sid)),
        false,
      );
    });
  });

  describe("a limit that denies", () => {
    check("adds nothing once it is reached, and ends nothing", async (sessions) => {
      const records = Array.from({ length: 3 }, () => sampleSession());
      for (const record of records.slice(0, 2))
        same(await sessions.create(record, denyAbove(2)), { created: true, evicted: [] });
      same(await sessions.create(records[2]!, denyAbove(2)), { created: false, evicted: [] });
      equal(await sessions.find(records[2]!.sid), null);
      same(
        await aliveSids(sessions),
        records
          .slice(0, 2)
          .map(({ sid }) => sid)
          .toSorted(),
      );
    });

    check("lets somebody in again as soon as there is room", async (sessions) => {
      const [ended, timedOut] = [sampleSession(), sampleSession({ idleTimeout: 5 })];
      await sessions.create(ended, denyAbove(2));
      await sessions.create(timedOut, denyAbove(2));
      const tooSoon = sampleSession({ createdAt: start + 4 });
      same(await sessions.create(tooSoon, denyAbove(2)), { created: false, evicted: [] });
      const inTime = sampleSession({ createdAt: start + 5 });
      same(await sessions.create(inTime, denyAbove(2)), { created: true, evicted: [] });
      await sessions.revoke(ended.sid, start + 5, "signed_out");
      same(await sessions.create(sampleSession({ createdAt: start + 5 }), denyAbove(2)), {
        created: true,
        evicted: [],
      });
    });

    check("holds for each user and each kind on its own", async (sessions) => {
      const records = [
        sampleSession(),
        sampleSession({ userId: "user-2" }),
        sampleSession({ kind: "agent" }),
      ];
      for (const record of records) equal((await sessions.create(record, denyAbove(1))).created, true);
    });

    check("is reached, and never exceeded, by 100 sign-ins at once", async (sessions) => {
      const results = await parallel(100, () => sessions.create(sampleSession(), denyAbove(5)));
      equal(results.filter(({ created }) => created).length, 5);
      equal((await aliveSids(sessions)).length, 5);
    });
  });
}

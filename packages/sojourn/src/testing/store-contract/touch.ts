import { equal } from "node:assert/strict";
import type { Touch } from "../../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../sample-session.ts";
import { minute, parallel, recordOf, same, start, type Suite } from "./suite.ts";

/** `touch`. */
export function touchContract({ describe, check }: Suite): void {
  const touch = (sid: string, touched: Partial<Touch>): Touch => ({
    sid,
    seenAt: null,
    now: touched.seenAt ?? start,
    counter: null,
    ...touched,
  });

  describe("touch", () => {
    check("writes many sessions at once and counts those it reached", async (sessions) => {
      const records = Array.from({ length: 300 }, () => sampleSession());
      for (const record of records) await sessions.create(record, null);
      await sessions.revoke(records[0]!.sid, start, "revoked");
      const touches = records.map(({ sid }, at) => touch(sid, { seenAt: start + at }));
      equal(await sessions.touch(touches), 299);
      for (const [at, record] of records.entries()) {
        if (at > 0) equal((await recordOf(sessions, record.sid)).lastSeenAt, start + at);
      }
    });

    check("with nothing to write reaches nothing", async (sessions) => {
      equal(await sessions.touch([]), 0);
    });

    check("never moves last-seen back", async (sessions) => {
      const record = sampleSession({ lastSeenAt: start + minute });
      await sessions.create(record, null);
      equal(await sessions.touch([touch(record.sid, { seenAt: start, now: start + minute })]), 1);
      same(await recordOf(sessions, record.sid), record);
    });

    check("changes last-seen alone, and no version", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage({ counter: 2 }) });
      await sessions.create(record, null);
      await sessions.touch([touch(record.sid, { seenAt: start + minute })]);
      same(await recordOf(sessions, record.sid), { ...record, lastSeenAt: start + minute });
    });

    check("confirms a counter and leaves last-seen alone", async (sessions) => {
      const refresh = sampleLineage({ counter: 3, confirmedCounter: 1 });
      const record = sampleSession({ refresh });
      await sessions.create(record, null);
      equal(await sessions.touch([touch(record.sid, { now: start + minute, counter: 3 })]), 1);
      const confirmed = { ...refresh, confirmedCounter: 3, rotatedAt: start + minute };
      same(await recordOf(sessions, record.sid), { ...record, refresh: confirmed });
    });

    check(
      "begins the grace anew with the first use of the head alone, and never moves it back",
      async (sessions) => {
        const record = sampleSession({
          refresh: sampleLineage({ counter: 3, rotatedAt: start + 30 * minute }),
        });
        await sessions.create(record, null);
        const rotatedAt = async (): Promise<number | undefined> =>
          (await recordOf(sessions, record.sid)).refresh?.rotatedAt;
        await sessions.touch([touch(record.sid, { now: start + minute, counter: 2 })]);
        equal(await rotatedAt(), start + 30 * minute);
        await sessions.touch([touch(record.sid, { now: start + 60 * minute, counter: 3 })]);
        equal(await rotatedAt(), start + 60 * minute);
        await sessions.touch([touch(record.sid, { now: start + 90 * minute, counter: 3 })]);
        await sessions.touch([touch(record.sid, { seenAt: start + 90 * minute })]);
        equal(await rotatedAt(), start + 60 * minute);
      },
    );

    check("never moves a confirmed counter back", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage({ counter: 3, confirmedCounter: 2 }) });
      await sessions.create(record, null);
      equal(await sessions.touch([touch(record.sid, { counter: 0 })]), 1);
      same(await recordOf(sessions, record.sid), record);
    });

    check("ignores a counter above the head, but not the rest", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage({ counter: 3, confirmedCounter: 2 }) });
      await sessions.create(record, null);
      equal(await sessions.touch([touch(record.sid, { seenAt: start + 1, counter: 4 })]), 1);
      same(await recordOf(sessions, record.sid), { ...record, lastSeenAt: start + 1 });
    });

    check("ignores a counter where there is no lineage", async (sessions) => {
      const record = sampleSession({ refresh: null });
      await sessions.create(record, null);
      equal(await sessions.touch([touch(record.sid, { seenAt: start + 1, counter: 0 })]), 1);
      same(await recordOf(sessions, record.sid), { ...record, lastSeenAt: start + 1 });
    });

    check("takes everything that one batch says of one session, and counts it once", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage({ counter: 5 }) });
      await sessions.create(record, null);
      const { sid } = record;
      const touches = [
        touch(sid, { seenAt: start + 9 }),
        touch(sid, { counter: 4 }),
        touch(sid, { seenAt: start + 3, counter: 2 }),
      ];
      equal(await sessions.touch(touches), 1);
      const { lastSeenAt, refresh } = await recordOf(sessions, sid);
      same([lastSeenAt, refresh?.confirmedCounter], [start + 9, 4]);
    });

    check("weighs each session at its own time", async (sessions) => {
      const early = sampleSession({ idleTimeout: minute });
      const late = sampleSession({ idleTimeout: minute });
      await sessions.create(early, null);
      await sessions.create(late, null);
      const now = start + minute;
      const touches = [
        touch(early.sid, { seenAt: now - 1, now: now - 1 }),
        touch(late.sid, { seenAt: now - 1, now }),
      ];
      equal(await sessions.touch(touches), 1);
      equal((await recordOf(sessions, early.sid)).lastSeenAt, now - 1);
      same(await recordOf(sessions, late.sid), late);
    });

    check("keeps the latest of many at once", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage({ counter: 40 }) });
      await sessions.create(record, null);
      await parallel(50, (at) =>
        sessions.touch([touch(record.sid, { seenAt: start + ((at * 7) % 50), counter: (at * 7) % 50 })]),
      );
      const { lastSeenAt, refresh } = await recordOf(sessions, record.sid);
      same([lastSeenAt, refresh?.confirmedCounter], [start + 49, 40]);
    });
  });
}

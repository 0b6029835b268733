import { equal } from "node:assert/strict";
import { endReasons } from "../../domain/session.ts";
import { sampleLineage, sampleSession } from "../sample-session.ts";
import { parallel, recordOf, same, second, start, type Suite } from "./suite.ts";

/** `revoke` and `revokeByUser`. */
export function endingContract({ describe, check }: Suite): void {
  describe("revoke", () => {
    check("ends a session and tells what it was", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage(), data: { kept: 1 } });
      await sessions.create(record, null);
      same(await sessions.revoke(record.sid, start + second, "revoked_by_admin"), record);
      same(await recordOf(sessions, record.sid), {
        ...record,
        endedAt: start + second,
        endReason: "revoked_by_admin",
      });
    });

    for (const reason of endReasons) {
      check(`remembers the reason ${reason}`, async (sessions) => {
        const record = sampleSession();
        await sessions.create(record, null);
        await sessions.revoke(record.sid, start, reason);
        equal((await recordOf(sessions, record.sid)).endReason, reason);
        equal((await sessions.revokedSince(null, 1)).revocations[0]?.reason, reason);
      });
    }

    check("is final: the first reason stands", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      await sessions.revoke(record.sid, start, "signed_out");
      equal(await sessions.revoke(record.sid, start + 1, "revoked"), null);
      same(await sessions.revokeByUser(record.userId, start + 1, "revoked", null), []);
      same(await recordOf(sessions, record.sid), { ...record, endedAt: start, endReason: "signed_out" });
    });

    check("by many at once is done by one of them", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      const results = await parallel(30, () => sessions.revoke(record.sid, start, "signed_out"));
      equal(results.filter((result) => result !== null).length, 1);
      equal((await sessions.revokedSince(null, 10)).revocations.length, 1);
    });
  });

  describe("revokeByUser", () => {
    check("ends all of a user's sessions of every kind, and nobody else's", async (sessions) => {
      const mine = [
        sampleSession(),
        sampleSession({ kind: "agent" }),
        sampleSession({ transport: "header" }),
      ];
      const other = sampleSession({ userId: "user-2" });
      for (const record of [...mine, other]) await sessions.create(record, null);
      const ended = await sessions.revokeByUser("user-1", start + 1, "credentials_changed", null);
      same(ended.toSorted(), mine.map(({ sid }) => sid).toSorted());
      for (const record of mine) {
        same(await recordOf(sessions, record.sid), {
          ...record,
          endedAt: start + 1,
          endReason: "credentials_changed",
        });
      }
      same(await recordOf(sessions, other.sid), other);
    });

    check("spares the one that is named", async (sessions) => {
      const [here, there] = [sampleSession(), sampleSession()];
      for (const record of [here, there]) await sessions.create(record, null);
      same(await sessions.revokeByUser("user-1", start, "revoked", here.sid), [there.sid]);
      same(await recordOf(sessions, here.sid), here);
    });

    check("does not name what was over already", async (sessions) => {
      const [timedOut, ended, live] = [sampleSession({ idleTimeout: 5 }), sampleSession(), sampleSession()];
      for (const record of [timedOut, ended, live]) await sessions.create(record, null);
      await sessions.revoke(ended.sid, start, "signed_out");
      same(await sessions.revokeByUser("user-1", start + 5, "revoked", null), [live.sid]);
      equal((await recordOf(sessions, timedOut.sid)).endReason, null);
      equal((await recordOf(sessions, ended.sid)).endReason, "signed_out");
    });

    check("misses no session whose create has returned, however many sign in meanwhile", async (sessions) => {
      const returned: string[] = [];
      const signIn = async (): Promise<void> => {
        const record = sampleSession();
        await sessions.create(record, null);
        returned.push(record.sid);
      };
      for (let round = 0; round < 10; round += 1) {
        const signIns = Array.from({ length: 20 }, signIn);
        // Some have returned, and some are still at it.
        await signIns[round];
        const mustEnd = [...returned];
        const ended = await sessions.revokeByUser("user-1", start, "revoked", null);
        for (const sid of mustEnd) equal((await recordOf(sessions, sid)).endReason, "revoked");
        await Promise.all(signIns);
        // Those that came in later are listed; none is neither ended nor listed.
        const listed = (await sessions.listByUser("user-1", start, { limit: 1000, offset: 0 })).map(
          ({ sid }) => sid,
        );
        const live: string[] = [];
        for (const sid of returned) if ((await recordOf(sessions, sid)).endedAt === null) live.push(sid);
        same(listed.toSorted(), live.toSorted());
        equal(
          ended.some((sid) => live.includes(sid)),
          false,
        );
      }
      await sessions.revokeByUser("user-1", start, "revoked", null);
      same(await sessions.listByUser("user-1", start, { limit: 1000, offset: 0 }), []);
    });
  });
}

import { equal } from "node:assert/strict";
import { sampleSession } from "../sample-session.ts";
import { minute, same, start, type Suite } from "./suite.ts";

/** `deleteExpired`. */
export function cleaningContract({ describe, check }: Suite): void {
  describe("deleteExpired", () => {
    const over = start + 10 * minute;

    check(
      "removes what was over before, to the millisecond, however it came to be over",
      async (sessions) => {
        const idle = sampleSession({ idleTimeout: 10 * minute });
        const expired = sampleSession({ expiresAt: over });
        const ended = sampleSession();
        const live = sampleSession();
        for (const record of [idle, expired, ended, live]) await sessions.create(record, null);
        await sessions.revoke(ended.sid, over, "signed_out");
        equal(await sessions.deleteExpired(over, 10), 0);
        equal(await sessions.deleteExpired(over + 1, 10), 3);
        for (const { sid } of [idle, expired, ended]) equal(await sessions.find(sid), null);
        same((await sessions.find(live.sid))?.record, live);
        same(await sessions.listByUser("user-1", start, { limit: 10, offset: 0 }), [live]);
      },
    );

    check("goes by when a session was last seen, not when it was made", async (sessions) => {
      const record = sampleSession({ idleTimeout: 10 * minute });
      await sessions.create(record, null);
      await sessions.touch([{ sid: record.sid, seenAt: start + minute, now: start + minute, counter: null }]);
      equal(await sessions.deleteExpired(over + 1, 10), 0);
      equal(await sessions.deleteExpired(over + minute + 1, 10), 1);
    });

    check("removes no more than it is allowed at a time", async (sessions) => {
      for (let at = 0; at < 7; at += 1) await sessions.create(sampleSession({ expiresAt: start + at }), null);
      const removed = [];
      for (let round = 0; round < 4; round += 1) removed.push(await sessions.deleteExpired(over, 3));
      same(removed, [3, 3, 1, 0]);
    });

    check("removes no more of the feed than it is allowed at a time", async (sessions) => {
      for (let at = 0; at < 5; at += 1) {
        const record = sampleSession({ expiresAt: start + 1 });
        await sessions.create(record, null);
        await sessions.revoke(record.sid, start, "revoked");
      }
      const left = async (): Promise<number> => (await sessions.revokedSince(null, 10)).revocations.length;
      await sessions.deleteExpired(over, 3);
      equal(await left(), 2);
      await sessions.deleteExpired(over, 3);
      equal(await left(), 0);
    });

    check("says that there is more to remove also where only the feed has more", async (sessions) => {
      for (let at = 0; at < 5; at += 1) {
        const record = sampleSession();
        await sessions.create(record, null);
        await sessions.revoke(record.sid, start, "revoked");
      }
      equal(await sessions.deleteExpired(start + 1, 10), 5);
      const long = start + 1000 * 86_400_000;
      const removed = [];
      for (let round = 0; round < 3; round += 1) removed.push(await sessions.deleteExpired(long, 3));
      same(removed, [3, 2, 0]);
    });

    check("makes room for nothing to come back", async (sessions) => {
      const record = sampleSession({ expiresAt: start + 1 });
      await sessions.create(record, null);
      await sessions.deleteExpired(over, 10);
      equal(await sessions.touch([{ sid: record.sid, seenAt: start, now: start, counter: null }]), 0);
      equal(await sessions.setData(record.sid, "a", 1, start, 100), "gone");
      equal(await sessions.revoke(record.sid, start, "revoked"), null);
      equal(await sessions.find(record.sid), null);
    });
  });
}

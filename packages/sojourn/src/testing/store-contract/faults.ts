import { equal } from "node:assert/strict";
import type { SessionStore } from "../../ports/session-store.ts";
import { sampleLineage, sampleSession } from "../sample-session.ts";
import { recordOf, same, start, type Suite } from "./suite.ts";

/** Verbs whose reply may get lost, so that their caller tries again. */
const repeatable: Readonly<Record<string, (sessions: SessionStore, sid: string) => unknown>> = {
  touch: (sessions, sid) => sessions.touch([{ sid, seenAt: start + 5, now: start + 5, counter: 1 }]),
  rotate: (sessions, sid) => sessions.rotate(sid, 1, start + 5, "key-2"),
  update: (sessions, sid) => sessions.update(sid, 0, { acr: "aal2" }, start + 5),
  setData: (sessions, sid) => sessions.setData(sid, "key", "value", start + 5, 1000),
  deleteData: (sessions, sid) => sessions.deleteData(sid, "old", start + 5),
  revoke: (sessions, sid) => sessions.revoke(sid, start + 5, "signed_out"),
  revokeByUser: (sessions) => sessions.revokeByUser("user-1", start + 5, "signed_out", null),
  deleteExpired: (sessions) => sessions.deleteExpired(start, 10),
};

/** Lost replies and crashes. */
export function faultContract({ describe, check, reopen }: Suite): void {
  describe("after a lost reply", () => {
    for (const [verb, act] of Object.entries(repeatable)) {
      check(`${verb} can be repeated and does no more than it did`, async (sessions) => {
        const record = sampleSession({ refresh: sampleLineage({ counter: 1 }), data: { old: 1 } });
        await sessions.create(record, null);
        await act(sessions, record.sid);
        const once = {
          record: await recordOf(sessions, record.sid),
          feed: await sessions.revokedSince(null, 10),
        };
        await act(sessions, record.sid);
        same(
          { record: await recordOf(sessions, record.sid), feed: await sessions.revokedSince(null, 10) },
          once,
        );
      });
    }

    check("create can be repeated and evicts no more than it did", async (sessions) => {
      const records = [sampleSession(), sampleSession(), sampleSession()];
      for (const record of records) await sessions.create(record, { max: 2, onExceed: "evict-oldest" });
      await sessions.create(records[2]!, { max: 2, onExceed: "evict-oldest" });
      equal((await sessions.listByUser("user-1", start, { limit: 10, offset: 0 })).length, 2);
      equal((await sessions.revokedSince(null, 10)).revocations.length, 1);
    });
  });

  if (reopen === null) return;
  describe("after a crash between two verbs", () => {
    check("everything that was answered is there, and the rest goes on", async (sessions, store) => {
      const [kept, ended, evicted, newest] = [
        sampleSession({ userId: "user-2", secretHash: new Uint8Array(32).fill(1), refresh: sampleLineage() }),
        sampleSession({ userId: "user-3" }),
        sampleSession(),
        sampleSession(),
      ];
      await sessions.create(kept, null);
      await sessions.rotate(kept.sid, 0, start + 1, "key-2");
      await sessions.setData(kept.sid, "cart", [1, 2], start + 1, 1000);
      const { cursor } = await sessions.revokedSince(null, 10);
      await sessions.create(ended, null);
      await sessions.revoke(ended.sid, start + 2, "signed_out");
      await sessions.create(evicted, { max: 1, onExceed: "evict-oldest" });
      await sessions.create(newest, { max: 1, onExceed: "evict-oldest" });
      const before = [];
      for (const { sid } of [kept, ended, evicted, newest]) before.push(await recordOf(sessions, sid));

      const again = await reopen(store);
      try {
        const after = [];
        for (const { sid } of [kept, ended, evicted, newest]) after.push(await recordOf(again.sessions, sid));
        same(after, before);
        const page = await again.sessions.revokedSince(cursor, 10);
        same(
          page.revocations.map(({ sid }) => sid),
          [ended.sid, evicted.sid],
        );
        equal(await again.sessions.rotate(kept.sid, 0, start + 3, "key-2"), null);
        equal((await again.sessions.rotate(kept.sid, 1, start + 3, "key-2"))?.refresh?.counter, 2);
        await again.sessions.revoke(kept.sid, start + 4, "revoked");
        const next = await again.sessions.revokedSince(page.cursor, 10);
        same(
          next.revocations.map(({ sid }) => sid),
          [kept.sid],
        );
      } finally {
        await again.close();
      }
    });
  });
}

import { equal, notEqual } from "node:assert/strict";
import type { Notice, Revocation, RevocationPage, SessionStore } from "../../ports/session-store.ts";
import { sampleSession } from "../sample-session.ts";
import { minute, parallel, same, start, type Suite } from "./suite.ts";

async function endOne(
  sessions: SessionStore,
  overrides: Parameters<typeof sampleSession>[0] = {},
): Promise<string> {
  const record = sampleSession(overrides);
  await sessions.create(record, null);
  await sessions.revoke(record.sid, start, "revoked");
  return record.sid;
}

/** Reads to the end, page by page. */
async function readOn(
  sessions: SessionStore,
  from: string | null,
  limit: number,
): Promise<{ read: Revocation[]; cursor: string | null }> {
  const read: Revocation[] = [];
  let cursor = from;
  for (;;) {
    const page = await sessions.revokedSince(cursor, limit);
    equal(page.revocations.length <= limit, true);
    read.push(...page.revocations);
    cursor = page.cursor;
    if (!page.more) return { read, cursor };
    equal(page.revocations.length > 0, true, "a page that is not the last brings something");
  }
}

/** A notice as it is when a user's role has changed. */
function notice(overrides: Partial<Notice> = {}): Notice {
  return { topic: "user", subject: "user-1", at: start, expiresAt: start + minute, ...overrides };
}

const sidsOf = (revocations: readonly Revocation[]): string[] => revocations.map(({ sid }) => sid);

/** `revokedSince` and `announce`. */
export function feedContract({ describe, check }: Suite): void {
  describe("revokedSince", () => {
    check("has no cursor while nothing was ever ended", async (sessions) => {
      await sessions.create(sampleSession(), null);
      same(await sessions.revokedSince(null, 10), {
        revocations: [],
        notices: [],
        cursor: null,
        more: false,
      });
    });

    check("tells all there is to know of an end", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      await sessions.revoke(record.sid, start + 7, "user_disabled");
      const { sid, userId, expiresAt } = record;
      const { revocations, cursor, more } = await sessions.revokedSince(null, 10);
      same(revocations, [{ sid, userId, reason: "user_disabled", endedAt: start + 7, expiresAt }]);
      same([typeof cursor, more], ["string", false]);
    });

    check("tells every end, in order, page by page, to each reader", async (sessions) => {
      const sids: string[] = [];
      for (let at = 0; at < 10; at += 1) sids.push(await endOne(sessions));
      for (const limit of [1, 3, 5, 10, 100])
        same(sidsOf((await readOn(sessions, null, limit)).read), sids, `pages of ${limit}`);
    });

    check("says exactly when another page is waiting", async (sessions) => {
      for (let at = 0; at < 3; at += 1) await endOne(sessions);
      for (const [limit, more] of [
        [2, true],
        [3, false],
        [4, false],
      ] as const) {
        equal((await sessions.revokedSince(null, limit)).more, more, `pages of ${limit}`);
      }
    });

    check("tells the same again to who asks again with the same cursor", async (sessions) => {
      await endOne(sessions);
      const { cursor } = await sessions.revokedSince(null, 10);
      const sid = await endOne(sessions);
      const page = await sessions.revokedSince(cursor, 10);
      same(sidsOf(page.revocations), [sid]);
      same(await sessions.revokedSince(cursor, 10), page);
    });

    check("stays where it is while nothing happens", async (sessions) => {
      await endOne(sessions);
      const { cursor } = await sessions.revokedSince(null, 10);
      same(await sessions.revokedSince(cursor, 10), { revocations: [], notices: [], cursor, more: false });
    });

    check("tells what happened while its reader was away", async (sessions) => {
      await endOne(sessions);
      const { cursor } = await sessions.revokedSince(null, 10);
      const records = Array.from({ length: 4 }, () => sampleSession());
      for (const record of records) await sessions.create(record, null);
      await sessions.revokeByUser("user-1", start, "revoked", null);
      const { read } = await readOn(sessions, cursor, 3);
      same(sidsOf(read).toSorted(), records.map(({ sid }) => sid).toSorted());
    });

    check(
      "tells nothing of sessions that merely ran out, or of writes that came too late",
      async (sessions) => {
        const record = sampleSession({ idleTimeout: minute });
        await sessions.create(record, null);
        await sessions.revoke(record.sid, start + minute, "revoked");
        same((await sessions.revokedSince(null, 10)).revocations, []);
      },
    );

    check("misses nothing when many end at once while it is read", async (sessions) => {
      const records = Array.from({ length: 100 }, (_, at) => sampleSession({ userId: `user-${at % 7}` }));
      for (const record of records) await sessions.create(record, null);
      const ending = parallel(107, (at): unknown => {
        const record = records[at];
        if (record === undefined) return sessions.revokeByUser(`user-${at - 100}`, start, "revoked", null);
        return at % 2 === 0 ? sessions.revoke(record.sid, start, "signed_out") : null;
      });
      const early = await readOn(sessions, null, 10);
      await ending;
      const late = await readOn(sessions, early.cursor, 10);
      const told = sidsOf([...early.read, ...late.read]);
      same(told.toSorted(), records.map(({ sid }) => sid).toSorted());
    });

    check("outlives the sessions it tells of, until their absolute end", async (sessions) => {
      const sid = await endOne(sessions, { expiresAt: start + 100 * minute });
      equal(await sessions.deleteExpired(start + 100 * minute, 10), 1);
      equal(await sessions.find(sid), null);
      same(sidsOf((await sessions.revokedSince(null, 10)).revocations), [sid]);
      await sessions.deleteExpired(start + 100 * minute + 1, 10);
      same((await sessions.revokedSince(null, 10)).revocations, []);
    });

    check("never gives a cursor twice, also after everything was removed", async (sessions) => {
      await endOne(sessions, { expiresAt: start + minute });
      const before = await sessions.revokedSince(null, 10);
      await sessions.deleteExpired(start + 2 * minute, 10);
      const empty = await sessions.revokedSince(null, 10);
      notEqual(empty.cursor, null);
      same(await sessions.revokedSince(before.cursor, 10), {
        revocations: [],
        notices: [],
        cursor: before.cursor,
        more: false,
      });
      const sid = await endOne(sessions);
      for (const cursor of [before.cursor, empty.cursor]) {
        const after = await sessions.revokedSince(cursor, 10);
        same(sidsOf(after.revocations), [sid]);
        notEqual(after.cursor, before.cursor);
      }
    });

    check("begins anew for a cursor that it never gave", async (sessions) => {
      const sid = await endOne(sessions);
      for (const cursor of ["", "not a cursor", "999999999999", "-1", "' OR 1=1 --"]) {
        same(sidsOf((await sessions.revokedSince(cursor, 10)).revocations), [sid], cursor);
      }
    });
  });

  describe("announce", () => {
    check("tells every reader, also one that comes later", async (sessions) => {
      const told = [
        notice(),
        notice({ topic: "keys", subject: "" }),
        notice({ subject: "ユーザー \u{1f600}" }),
      ];
      for (const one of told) await sessions.announce(one);
      for (let reader = 0; reader < 2; reader += 1)
        same((await sessions.revokedSince(null, 10)).notices, told);
    });

    check("keeps its place between the ends, page by page", async (sessions) => {
      const told: (string | number)[] = [];
      for (let at = 0; at < 6; at += 1) {
        if (at % 2 === 0) told.push(await endOne(sessions));
        else {
          await sessions.announce(notice({ at: start + at }));
          told.push(start + at);
        }
      }
      for (const limit of [1, 2, 6, 100]) {
        const read: (string | number)[] = [];
        let cursor: string | null = null;
        for (let more = true; more;) {
          const page: RevocationPage = await sessions.revokedSince(cursor, limit);
          equal(page.revocations.length + page.notices.length <= limit, true);
          read.push(...sidsOf(page.revocations), ...page.notices.map(({ at }) => at));
          ({ cursor, more } = page);
        }
        same(read.map(String).toSorted(), told.map(String).toSorted(), `pages of ${limit}`);
      }
    });

    check("is told once more to who asks again, and not to who has read it", async (sessions) => {
      await sessions.announce(notice());
      const { cursor } = await sessions.revokedSince(null, 10);
      same((await sessions.revokedSince(cursor, 10)).notices, []);
      await sessions.announce(notice({ at: start + 1 }));
      same((await sessions.revokedSince(cursor, 10)).notices, [notice({ at: start + 1 })]);
    });

    check("is forgotten after its end, and not before", async (sessions) => {
      await sessions.announce(notice());
      await sessions.deleteExpired(start + minute, 10);
      equal((await sessions.revokedSince(null, 10)).notices.length, 1);
      await sessions.deleteExpired(start + minute + 1, 10);
      same((await sessions.revokedSince(null, 10)).notices, []);
    });

    check("loses none of many at once", async (sessions) => {
      await parallel(40, (at) => sessions.announce(notice({ subject: `user-${at}` })));
      const subjects = (await sessions.revokedSince(null, 100)).notices.map(({ subject }) => subject);
      same(subjects.toSorted(), Array.from({ length: 40 }, (_, at) => `user-${at}`).toSorted());
    });
  });
}

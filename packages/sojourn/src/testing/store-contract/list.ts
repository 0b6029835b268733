import { equal } from "node:assert/strict";
import { sampleSession } from "../sample-session.ts";
import { same, start, type Suite } from "./suite.ts";

/** `listByUser`. */
export function listContract({ describe, check }: Suite): void {
  describe("listByUser", () => {
    check("gives a user's alive sessions, last seen first", async (sessions) => {
      const records = [3, 1, 2].map((seen) => sampleSession({ lastSeenAt: start + seen }));
      const ended = sampleSession();
      for (const record of [...records, ended, sampleSession({ userId: "user-2" })])
        await sessions.create(record, null);
      await sessions.revoke(ended.sid, start, "signed_out");
      const expected = records.toSorted((a, b) => b.lastSeenAt - a.lastSeenAt);
      same(await sessions.listByUser("user-1", start, { limit: 10, offset: 0 }), expected);
    });

    check("follows what was seen last", async (sessions) => {
      const [first, other] = [sampleSession(), sampleSession({ lastSeenAt: start + 5 })];
      for (const record of [first, other]) await sessions.create(record, null);
      await sessions.touch([{ sid: first.sid, seenAt: start + 9, now: start + 9, counter: null }]);
      const list = await sessions.listByUser("user-1", start + 9, { limit: 10, offset: 0 });
      same(
        list.map(({ sid }) => sid),
        [first.sid, other.sid],
      );
    });

    check(
      "gives pages that together are the whole, also where many were seen at one moment",
      async (sessions) => {
        const records = Array.from({ length: 23 }, (_, at) =>
          sampleSession({ lastSeenAt: start + (at % 3) }),
        );
        for (const record of records) await sessions.create(record, null);
        const whole = await sessions.listByUser("user-1", start, { limit: 100, offset: 0 });
        equal(whole.length, 23);
        const pages = [];
        for (let offset = 0; offset < 25; offset += 5)
          pages.push(...(await sessions.listByUser("user-1", start, { limit: 5, offset })));
        same(pages, whole);
        same(await sessions.listByUser("user-1", start, { limit: 5, offset: 23 }), []);
        same(await sessions.listByUser("user-1", start, { limit: 0, offset: 0 }), []);
      },
    );
  });
}

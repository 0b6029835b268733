import { equal } from "node:assert/strict";
import { sampleLineage, sampleSession } from "../sample-session.ts";
import { parallel, recordOf, same, second, start, type Suite } from "./suite.ts";

/** `rotate`: compare-and-set on the refresh counter. */
export function rotationContract({ describe, check }: Suite): void {
  describe("rotate", () => {
    check("moves the head on by one, confirms the one before and changes nothing else", async (sessions) => {
      const refresh = sampleLineage({ counter: 4, confirmedCounter: 3 });
      const record = sampleSession({ refresh, data: { kept: 1 } });
      await sessions.create(record, null);
      const after = {
        ...record,
        refresh: { ...refresh, counter: 5, confirmedCounter: 4, rotatedAt: start + second, keyId: "key-2" },
      };
      same(await sessions.rotate(record.sid, 4, start + second, "key-2"), after);
      same(await recordOf(sessions, record.sid), after);
    });

    check("does nothing if the counter is not the head", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage({ counter: 4 }) });
      await sessions.create(record, null);
      for (const counter of [0, 3, 5, -1])
        equal(await sessions.rotate(record.sid, counter, start, "key-2"), null);
      same(await recordOf(sessions, record.sid), record);
    });

    check("does nothing where there is no lineage", async (sessions) => {
      const record = sampleSession({ refresh: null });
      await sessions.create(record, null);
      equal(await sessions.rotate(record.sid, 0, start, "key-1"), null);
      same(await recordOf(sessions, record.sid), record);
    });

    check("lets exactly one of many win, round after round", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage() });
      await sessions.create(record, null);
      for (let round = 0; round < 10; round += 1) {
        const results = await parallel(50, (at) =>
          sessions.rotate(record.sid, round, start + round, `key-${at}`),
        );
        const won = results.flatMap((result, at) =>
          result === null ? [] : [{ result, keyId: `key-${at}` }],
        );
        equal(won.length, 1);
        const { refresh } = await recordOf(sessions, record.sid);
        same([refresh?.counter, refresh?.keyId], [round + 1, won[0]?.keyId]);
        same(won[0]?.result.refresh, refresh);
      }
    });

    check("and a sign-out at once leave nothing alive, whoever comes first", async (sessions) => {
      for (let round = 0; round < 20; round += 1) {
        const { sid } = sampleSession();
        await sessions.create(sampleSession({ sid, refresh: sampleLineage() }), null);
        await parallel(10, (at) =>
          at === round % 10
            ? sessions.revoke(sid, start, "signed_out")
            : sessions.rotate(sid, 0, start, "key-1"),
        );
        equal((await recordOf(sessions, sid)).endReason, "signed_out");
        equal(await sessions.rotate(sid, 0, start, "key-1"), null);
        equal(await sessions.rotate(sid, 1, start, "key-1"), null);
      }
    });
  });
}

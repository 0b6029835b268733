import { equal } from "node:assert/strict";
import type { SessionPatch } from "../../ports/session-store.ts";
import { textWithNul } from "../hostile-strings.ts";
import { refusal } from "../refusal.ts";
import { sampleLineage, sampleSession } from "../sample-session.ts";
import { minute, parallel, recordOf, same, start, type Suite } from "./suite.ts";

const everything: Required<SessionPatch> = {
  authTime: start + 1,
  secretHash: new Uint8Array(32).fill(9),
  refresh: sampleLineage({ counter: 8, keyId: "key-8" }),
  amr: ["pwd", "otp"],
  acr: "aal2",
  method: "passkey",
  lastSeenAt: start + 2,
  ip: "2001:db8::1",
  userAgent: "curl/8.9.1",
};

/** `update`: compare-and-set on the version. */
export function updateContract({ describe, check }: Suite): void {
  describe("update", () => {
    check("changes what the patch names and raises the version", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      const after = { ...record, ...everything, version: 1 };
      same(await sessions.update(record.sid, 0, everything, start), after);
      same(await recordOf(sessions, record.sid), after);
    });

    for (const [name, value] of Object.entries(everything)) {
      check(`changes ${name} alone where nothing else is named`, async (sessions) => {
        const record = sampleSession({
          secretHash: new Uint8Array(32),
          refresh: sampleLineage({ counter: 1 }),
          data: { a: 1 },
        });
        await sessions.create(record, null);
        same(await sessions.update(record.sid, 0, { [name]: value }, start), {
          ...record,
          [name]: value,
          version: 1,
        });
      });
    }

    check("can take things away", async (sessions) => {
      const record = sampleSession({ ...everything, lastSeenAt: start });
      await sessions.create(record, null);
      const nothing = { secretHash: null, refresh: null, acr: null, ip: null, userAgent: null, amr: [] };
      same(await sessions.update(record.sid, 0, nothing, start), { ...record, ...nothing, version: 1 });
    });

    check("raises the version also for an empty patch", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      same(await sessions.update(record.sid, 0, {}, start), { ...record, version: 1 });
    });

    check("does nothing for another version", async (sessions) => {
      const record = sampleSession({ version: 3 });
      await sessions.create(record, null);
      for (const version of [0, 2, 4])
        equal(await sessions.update(record.sid, version, everything, start), null);
      same(await recordOf(sessions, record.sid), record);
    });

    check("keeps a NUL whole or refuses it, and never cuts the text there", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      const refused = await refusal(() => sessions.update(record.sid, 0, { userAgent: textWithNul }, start));
      if (refused === null)
        same(await recordOf(sessions, record.sid), { ...record, userAgent: textWithNul, version: 1 });
      else same([refused.code, await recordOf(sessions, record.sid)], ["invalid_input", record]);
    });

    check("never moves last-seen back", async (sessions) => {
      const record = sampleSession({ lastSeenAt: start + minute });
      await sessions.create(record, null);
      same(await sessions.update(record.sid, 0, { lastSeenAt: start }, start + minute), {
        ...record,
        version: 1,
      });
    });

    check("lets exactly one of many writers of one version win", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      for (let version = 0; version < 10; version += 1) {
        const results = await parallel(30, (at) =>
          sessions.update(record.sid, version, { acr: `writer-${at}` }, start),
        );
        const winners = results.flatMap((result, at) => (result === null ? [] : [`writer-${at}`]));
        equal(winners.length, 1);
        const after = await recordOf(sessions, record.sid);
        same([after.acr, after.version], [winners[0], version + 1]);
      }
    });

    check("undoes nothing that other verbs did since the version was read", async (sessions) => {
      const record = sampleSession({ refresh: sampleLineage() });
      await sessions.create(record, null);
      await sessions.rotate(record.sid, 0, start + 1, "key-2");
      await sessions.setData(record.sid, "between", 1, start + 1, 1000);
      await sessions.touch([{ sid: record.sid, seenAt: start + 5, now: start + 5, counter: 1 }]);
      const before = await recordOf(sessions, record.sid);
      equal(before.version, 0);
      same(await sessions.update(record.sid, 0, { acr: "aal2" }, start + 6), {
        ...before,
        acr: "aal2",
        version: 1,
      });
    });
  });
}

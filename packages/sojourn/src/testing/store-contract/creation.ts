import { equal } from "node:assert/strict";
import type { SessionRecord } from "../../domain/session.ts";
import { hostileStrings, textWithNul } from "../hostile-strings.ts";
import { sampleLineage, sampleSession } from "../sample-session.ts";
import { refusal } from "../refusal.ts";
import { parallel, recordOf, same, start, type Suite, unknownSid } from "./suite.ts";

const bytes = (first: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, at) => (first + at * 11) % 256);

const kinds: Readonly<Record<string, Partial<SessionRecord>>> = {
  "an opaque session": { secretHash: bytes(3), transport: "cookie" },
  "a hybrid session": { refresh: sampleLineage({ counter: 7, confirmedCounter: 6, seed: bytes(200) }) },
  "a session with nothing optional": { ip: null, userAgent: null, amr: [], acr: null, remember: false },
  "a session with everything": {
    kind: "agent",
    transport: "header",
    remember: true,
    secretHash: bytes(0),
    refresh: sampleLineage(),
    version: 12,
    amr: ["pwd", "otp", "mfa"],
    acr: "aal2",
    data: { cart: [1, { two: null }], note: "héllo" },
  },
  "an anonymous session": { kind: "anonymous", method: "none", userId: "anonymous:1" },
  "a service's session": { kind: "service", method: "client_credentials" },
  "a session in which somebody acts as the user": {
    actor: { userId: "admin:1", sid: unknownSid, reason: 'Ticket 4711, "héllo"\n{}],[' },
  },
  "a session that is over already": { endedAt: start + 5, endReason: "superseded" },
};

/** `create` and `find`. */
export function creationContract({ describe, check }: Suite): void {
  describe("create and find", () => {
    for (const [name, overrides] of Object.entries(kinds)) {
      check(`give back ${name} as it was stored`, async (sessions) => {
        const record = sampleSession(overrides);
        same(await sessions.create(record, null), { created: true, evicted: [] });
        same(await recordOf(sessions, record.sid), record);
      });
    }

    for (const [name, text] of Object.entries(hostileStrings)) {
      check(`give back ${name} unchanged in every text`, async (sessions) => {
        const record = sampleSession({
          userId: text,
          method: text,
          ip: text,
          userAgent: text,
          acr: text,
          amr: [text, text],
        });
        await sessions.create(record, { max: 3, onExceed: "evict-oldest" });
        same(await recordOf(sessions, record.sid), record);
        same(await sessions.listByUser(text, start, { limit: 10, offset: 0 }), [record]);
        same(await sessions.revokeByUser(text, start, "revoked", null), [record.sid]);
        const { revocations } = await sessions.revokedSince(null, 10);
        equal(revocations[0]?.userId, text);
      });
    }

    for (const field of ["userId", "method", "ip", "userAgent", "acr"] as const) {
      check(`keep a NUL in ${field} whole or refuse it, and never cut the text there`, async (sessions) => {
        const record = sampleSession({ [field]: textWithNul });
        const refused = await refusal(() => sessions.create(record, null));
        if (refused === null) same(await recordOf(sessions, record.sid), record);
        else same([refused.code, await sessions.find(record.sid)], ["invalid_input", null]);
      });
    }

    check("find a session in whatever state", async (sessions) => {
      const record = sampleSession({ createdAt: 1, idleTimeout: 1, expiresAt: 2 });
      await sessions.create(record, null);
      same(await recordOf(sessions, record.sid), record);
    });

    check("leave a session alone whose sid is there already", async (sessions) => {
      const record = sampleSession({ data: { kept: true } });
      await sessions.create(record, null);
      const again = { ...record, userId: "somebody-else", data: {} };
      same(await sessions.create(again, { max: 1, onExceed: "evict-oldest" }), {
        created: false,
        evicted: [],
      });
      same(await sessions.create(record, { max: 1, onExceed: "evict-oldest" }), {
        created: false,
        evicted: [],
      });
      same(await recordOf(sessions, record.sid), record);
    });

    check("add a session once, however many add it at once", async (sessions) => {
      const record = sampleSession();
      const results = await parallel(20, () => sessions.create(record, null));
      equal(results.filter(({ created }) => created).length, 1);
    });

    check(
      "share nothing with their callers that could be changed behind the store's back",
      async (sessions) => {
        const given = { secretHash: bytes(1), refresh: sampleLineage(), amr: ["pwd"], data: { list: [1] } };
        const record = sampleSession(given);
        const intact = structuredClone(record);
        await sessions.create(record, null);
        given.secretHash.fill(0);
        given.refresh.seed.fill(0);
        given.amr.push("fake");
        given.data.list.push(2);
        const found = await recordOf(sessions, record.sid);
        same(found, intact, "the record that was given");
        found.secretHash?.fill(0);
        found.refresh?.seed.fill(0);
        same(await recordOf(sessions, record.sid), intact, "the record that was found");
      },
    );
  });

  describe("a sid that no session has", () => {
    const strangers = [
      unknownSid,
      unknownSid.toUpperCase(),
      "",
      "x",
      "__proto__",
      "' OR 1=1 --",
      "\0",
      "9".repeat(10_000),
    ];
    for (const sid of strangers) {
      check(`reaches nothing: ${JSON.stringify(sid.slice(0, 40))}`, async (sessions) => {
        const bystander = sampleSession({ refresh: sampleLineage() });
        await sessions.create(bystander, null);
        equal(await sessions.find(sid), null);
        equal(await sessions.touch([{ sid, seenAt: start + 1, now: start + 1, counter: 0 }]), 0);
        equal(await sessions.rotate(sid, 0, start, "key-1"), null);
        equal(await sessions.update(sid, 0, { acr: "aal3" }, start), null);
        equal(await sessions.setData(sid, "key", 1, start, 1000), "gone");
        equal(await sessions.deleteData(sid, "key", start), false);
        equal(await sessions.revoke(sid, start, "revoked"), null);
        same(await recordOf(sessions, bystander.sid), bystander);
      });
    }

    check("is not found under another spelling of one that is", async (sessions) => {
      const record = sampleSession({ sid: "01890a5d-ac96-774b-bcce-b302099a80ff" });
      await sessions.create(record, null);
      const spellings = [
        record.sid.toUpperCase(),
        record.sid.replaceAll("-", ""),
        "01890a5dac-96-774b-bcce-b302099a80ff",
        "01890a5d-ac9677-4b-bcce-b302099a80ff",
        "01890a5d-ac96-774bbc-ce-b302099a80ff",
        "01890a5d-ac96-774b-bcceb3-02099a80ff",
        ` ${record.sid}`,
        `${record.sid} `,
        `{${record.sid}}`,
      ];
      for (const sid of spellings) {
        equal(await sessions.find(sid), null, sid);
        equal(await sessions.revoke(sid, start, "revoked"), null, sid);
      }
    });
  });

  describe("a user who has no session", () => {
    check("has an empty list, and nothing to end", async (sessions) => {
      await sessions.create(sampleSession({ userId: "other" }), null);
      for (const userId of ["nobody", "", "__proto__", "%", "' OR 1=1 --"]) {
        same(await sessions.listByUser(userId, start, { limit: 10, offset: 0 }), []);
        same(await sessions.revokeByUser(userId, start, "revoked", null), []);
      }
      equal((await sessions.listByUser("other", start, { limit: 10, offset: 0 })).length, 1);
    });
  });
}

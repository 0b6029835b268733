import { equal } from "node:assert/strict";
import type { JsonValue } from "../../domain/session.ts";
import { hostileStrings, textWithNul } from "../hostile-strings.ts";
import { sampleSession } from "../sample-session.ts";
import { parallel, recordOf, same, start, type Suite, unknownSid } from "./suite.ts";

const room = 100_000;

const values: readonly JsonValue[] = [
  null,
  true,
  false,
  0,
  -1.5,
  1e300,
  Number.MAX_SAFE_INTEGER,
  "",
  "text",
  [],
  {},
  [1, [2, [3, { four: [null] }]]],
  { nested: { deeply: { "": "empty name", "a.b": 1, "$[0]": 2 } } },
  // As JSON.parse makes it: a member of that name, not a prototype.
  JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as JsonValue,
];

/** `setData`, `deleteData` and `takeData`. */
export function dataContract({ describe, check }: Suite): void {
  describe("setData and deleteData", () => {
    check("keep every JSON value as it is", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      for (const [at, value] of values.entries()) {
        equal(await sessions.setData(record.sid, `value-${at}`, value, start, room), "stored");
      }
      const expected = Object.fromEntries(values.map((value, at) => [`value-${at}`, value]));
      same(await recordOf(sessions, record.sid), { ...record, data: expected });
    });

    check("keep hostile texts as they are", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      const texts = [...Object.values(hostileStrings), textWithNul];
      for (const [at, text] of texts.entries()) {
        await sessions.setData(record.sid, `text-${at}`, { [text]: text }, start, room);
      }
      const expected = texts.map((text, at) => [`text-${at}`, { [text]: text }]);
      same((await recordOf(sessions, record.sid)).data, Object.fromEntries(expected));
    });

    check("take a key for a name, never for a path or for a piece of a statement", async (sessions) => {
      const keys = [
        "a.b",
        "a",
        "a:b-c_d",
        "flash/0",
        "$",
        "$.a",
        "a[0]",
        '"',
        "'",
        "\\",
        "*",
        "__proto__",
        "👍",
        "x'); --",
        "0",
      ];
      const record = sampleSession({ data: { a: { b: "untouched" } } });
      await sessions.create(record, null);
      const expected = new Map<string, JsonValue>([["a", { b: "untouched" }]]);
      for (const key of keys) {
        equal(await sessions.setData(record.sid, key, { is: key }, start, room), "stored", key);
        expected.set(key, { is: key });
        same((await recordOf(sessions, record.sid)).data, Object.fromEntries(expected), key);
      }
      for (const key of keys) {
        equal(await sessions.deleteData(record.sid, key, start), true, key);
        expected.delete(key);
        same((await recordOf(sessions, record.sid)).data, Object.fromEntries(expected), key);
      }
    });

    check("replace a value, and do not mind a key that is not there", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      await sessions.setData(record.sid, "key", { old: 1 }, start, room);
      await sessions.setData(record.sid, "key", [2], start, room);
      same((await recordOf(sessions, record.sid)).data, { key: [2] });
      equal(await sessions.deleteData(record.sid, "other", start), true);
      equal(await sessions.deleteData(record.sid, "key", start), true);
      equal(await sessions.deleteData(record.sid, "key", start), true);
      same(await recordOf(sessions, record.sid), record);
    });

    check("lose nothing when many write different keys at once", async (sessions) => {
      const record = sampleSession({ data: { gone: 1 } });
      await sessions.create(record, null);
      const results = await parallel(61, (at) =>
        at === 60
          ? sessions.deleteData(record.sid, "gone", start)
          : sessions.setData(record.sid, `key-${at}`, at, start, room),
      );
      same(new Set(results), new Set(["stored", true]));
      const expected = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`key-${at}`, at]));
      same((await recordOf(sessions, record.sid)).data, expected);
    });

    check("store all data of exactly the allowed size, and nothing of a byte more", async (sessions) => {
      const record = sampleSession({ data: { first: "é" } });
      await sessions.create(record, null);
      const value = `€ "quoted" \n 👍 ${"x".repeat(50)}`;
      const bytes = new TextEncoder().encode(JSON.stringify({ first: "é", second: value })).length;
      equal(await sessions.setData(record.sid, "second", value, start, bytes - 1), "too_large");
      same(await recordOf(sessions, record.sid), record);
      equal(await sessions.setData(record.sid, "second", value, start, bytes), "stored");
    });

    check("never exceed the allowed size, however many write at once", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      const results = await parallel(40, (at) =>
        sessions.setData(record.sid, `key-${at}`, "x".repeat(50), start, 1000),
      );
      const { data } = await recordOf(sessions, record.sid);
      equal(JSON.stringify(data).length <= 1000, true);
      equal(Object.keys(data).length, results.filter((result) => result === "stored").length);
      equal(results.includes("too_large"), true);
    });

    check("keep a value from what its giver does to it later", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      const list = [1];
      await sessions.setData(record.sid, "list", list, start, room);
      list.push(2);
      same((await recordOf(sessions, record.sid)).data, { list: [1] });
    });
  });

  describe("takeData", () => {
    check("gives a value once", async (sessions) => {
      const record = sampleSession({ data: { kept: 1 } });
      await sessions.create(record, null);
      for (const value of values) {
        await sessions.setData(record.sid, "key", value, start, room);
        same(await sessions.takeData(record.sid, "key", start), value);
        equal(await sessions.takeData(record.sid, "key", start), undefined);
      }
      same((await recordOf(sessions, record.sid)).data, { kept: 1 });
    });

    check("gives a value to one of many who want it at once", async (sessions) => {
      const record = sampleSession();
      await sessions.create(record, null);
      await sessions.setData(record.sid, "flash", { text: "Saved." }, start, room);
      const taken = await parallel(40, () => sessions.takeData(record.sid, "flash", start));
      same(
        taken.filter((value) => value !== undefined),
        [{ text: "Saved." }],
      );
    });

    check("loses none of many keys that are taken and set at once", async (sessions) => {
      const data = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`old-${at}`, at]));
      const record = sampleSession({ data });
      await sessions.create(record, null);
      const taken = await parallel(40, (at) =>
        at < 20
          ? sessions.takeData(record.sid, `old-${at}`, start)
          : sessions.setData(record.sid, `new-${at - 20}`, at - 20, start, room),
      );
      same(taken.slice(0, 20), Object.values(data));
      const left = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`new-${at}`, at]));
      same((await recordOf(sessions, record.sid)).data, left);
    });

    check(
      "has nothing to give of a session that is over, or not there, or under another name",
      async (sessions) => {
        const record = sampleSession({ data: { key: 1 } });
        await sessions.create(record, null);
        equal(await sessions.takeData(record.sid, "other", start), undefined);
        equal(await sessions.takeData(record.sid, "__proto__", start), undefined);
        equal(await sessions.takeData(unknownSid, "key", start), undefined);
        await sessions.revoke(record.sid, start, "revoked");
        equal(await sessions.takeData(record.sid, "key", start), undefined);
      },
    );
  });
}

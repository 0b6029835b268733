import { equal, notEqual } from "node:assert/strict";
import type { JsonValue } from "../../domain/session.ts";
import type { Entry, EntryStore } from "../../ports/entry-store.ts";
import { hostileStrings } from "../hostile-strings.ts";
import { minute, parallel, same, start, type Suite } from "./suite.ts";

type NewEntry = Omit<Entry, "version">;

function entry(overrides: Partial<NewEntry> = {}): NewEntry {
  return { space: "things", key: "key", owner: null, value: { is: 1 }, expiresAt: null, ...overrides };
}

const all = { limit: 100, after: null };
const keysOf = (entries: readonly Entry[]): string[] => entries.map(({ key }) => key);

/** The small records beside the sessions, for stores that keep them. */
export function entryContract({ describe, check }: Suite): void {
  const checkEntries = (title: string, body: (entries: EntryStore) => Promise<void>): void =>
    check(title, async (_sessions, { entries }) => {
      if (entries !== undefined) await body(entries);
    });

  describe("entries", () => {
    checkEntries("are kept as they were given, with version 0", async (entries) => {
      const given = entry({ owner: "user-1", expiresAt: start + minute });
      equal(await entries.add(given, start), true);
      same(await entries.get("things", "key", start), { ...given, version: 0 });
      equal(await entries.get("things", "other", start), null);
      equal(await entries.get("others", "key", start), null);
    });

    checkEntries("hold every JSON value and every text as it is", async (entries) => {
      const values: JsonValue[] = [null, false, 0, -1.5, "", "text", [], {}, [1, { two: [null] }]];
      for (const [at, value] of values.entries()) await entries.add(entry({ key: `v${at}`, value }), start);
      for (const [at, value] of values.entries())
        same((await entries.get("things", `v${at}`, start))?.value, value);
      for (const text of Object.values(hostileStrings).filter(({ length }) => length > 0 && length < 60)) {
        const given = entry({ space: "hostile", key: text, owner: text, value: { [text]: text } });
        equal(await entries.add(given, start), true, text);
        same(await entries.get("hostile", text, start), { ...given, version: 0 }, text);
        same(await entries.list("hostile", text, start, all), [{ ...given, version: 0 }], text);
      }
    });

    checkEntries("are told apart by every byte of their keys", async (entries) => {
      const keys = ["a", "A", "a ", "á", "a\u0301", "ß", "ss"];
      for (const key of keys) equal(await entries.add(entry({ key, value: key }), start), true, key);
      for (const key of keys) equal((await entries.get("things", key, start))?.value, key);
      equal((await entries.list("things", null, start, all)).length, keys.length);
    });

    checkEntries("are added by one of many at once", async (entries) => {
      const added = await parallel(40, (at) => entries.add(entry({ value: at }), start));
      equal(added.filter(Boolean).length, 1);
      equal((await entries.get("things", "key", start))?.value, added.indexOf(true));
    });

    checkEntries("are gone at their end, to the millisecond, and leave room for another", async (entries) => {
      await entries.add(entry({ owner: "user-1", expiresAt: start + minute }), start);
      notEqual(await entries.get("things", "key", start + minute - 1), null);
      equal(await entries.add(entry(), start + minute - 1), false);
      equal(await entries.get("things", "key", start + minute), null);
      same(await entries.list("things", "user-1", start + minute, all), []);
      equal(await entries.take("things", "key", start + minute), null);
      equal(await entries.replace("things", "key", 0, entry({ value: 2 }), start + minute), false);
      equal(await entries.add(entry({ value: "new" }), start + minute), true);
      same(await entries.get("things", "key", start + minute), { ...entry({ value: "new" }), version: 0 });
    });

    checkEntries("are replaced by one of many at once, and by nobody who is late", async (entries) => {
      await entries.add(entry({ owner: "user-1" }), start);
      const done = await parallel(40, (at) =>
        entries.replace("things", "key", 0, { value: at, expiresAt: start + minute }, start),
      );
      equal(done.filter(Boolean).length, 1);
      same(await entries.get("things", "key", start), {
        ...entry({ owner: "user-1", value: done.indexOf(true), expiresAt: start + minute }),
        version: 1,
      });
      equal(await entries.replace("things", "key", 0, entry(), start), false);
      equal(await entries.replace("things", "key", 1, entry(), start), true);
      equal(await entries.replace("things", "other", 0, entry(), start), false);
    });

    checkEntries("are taken by one of many at once", async (entries) => {
      await entries.add(entry(), start);
      const taken = await parallel(40, () => entries.take("things", "key", start));
      same(
        taken.filter((one) => one !== null),
        [{ ...entry(), version: 0 }],
      );
      equal(await entries.get("things", "key", start), null);
    });

    checkEntries("are listed by owner, last key first, page by page", async (entries) => {
      const keys = Array.from({ length: 7 }, (_, at) => `k${at}`);
      for (const key of keys) await entries.add(entry({ key, owner: "user-1" }), start);
      await entries.add(entry({ key: "k8", owner: "user-2" }), start);
      await entries.add(entry({ key: "k9", space: "others", owner: "user-1" }), start);
      const newestFirst = keys.toReversed();
      same(keysOf(await entries.list("things", "user-1", start, all)), newestFirst);
      same(keysOf(await entries.list("things", null, start, all)), ["k8", ...newestFirst]);
      const read: string[] = [];
      for (let after: string | null = null; ;) {
        const page = keysOf(await entries.list("things", "user-1", start, { limit: 3, after }));
        if (page.length === 0) break;
        read.push(...page);
        after = page.at(-1) ?? null;
      }
      same(read, newestFirst);
      same(await entries.list("things", "nobody", start, all), []);
    });

    checkEntries("are removed with their owner, and nobody else's are", async (entries) => {
      for (let at = 0; at < 5; at += 1)
        await entries.add(entry({ key: `mine-${at}`, owner: "user-1" }), start);
      await entries.add(entry({ key: "hers", owner: "user-2" }), start);
      await entries.add(entry({ key: "elsewhere", space: "others", owner: "user-1" }), start);
      equal(await entries.removeOwned("things", "user-1"), 5);
      equal(await entries.removeOwned("things", "user-1"), 0);
      same(keysOf(await entries.list("things", null, start, all)), ["hers"]);
      notEqual(await entries.get("others", "elsewhere", start), null);
    });

    checkEntries("are cleaned a few at a time once they are over, and no sooner", async (entries) => {
      for (let at = 0; at < 5; at += 1)
        await entries.add(entry({ key: `old-${at}`, expiresAt: start + at }), start - minute);
      await entries.add(entry({ key: "lasting" }), start);
      equal(await entries.deleteExpired(start + 4, 3), 3);
      equal(await entries.deleteExpired(start + 4, 3), 1);
      equal(await entries.deleteExpired(start + 4, 3), 0);
      same(keysOf(await entries.list("things", null, start - minute, all)), ["old-4", "lasting"]);
    });
  });
}

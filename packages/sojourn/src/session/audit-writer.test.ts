import { describe, expect, it } from "vitest";
import { SojournError } from "../domain/errors.ts";
import type { SojournEvent } from "../domain/events.ts";
import type { Entry, EntryStore } from "../ports/entry-store.ts";
import { MemoryEntries } from "../stores/memory/memory-entries.ts";
import { type FakeClock, fakeClock, seededRandom } from "../testing/index.ts";
import { auditSpace, AuditWriter, mostWaiting } from "./audit-writer.ts";
import { EventLog } from "./event-log.ts";

const day = 86_400_000;

interface Bench {
  readonly clock: FakeClock;
  readonly writer: AuditWriter;
  readonly told: SojournEvent[];
  readonly logged: string[];
  /** How the store fails; null while it works. */
  readonly store: { failure: Error | null; calls: number; atOnce: number };
  happen(userId: string): void;
  kept(): Promise<readonly Entry[]>;
}

function bench(): Bench {
  const clock = fakeClock();
  const inner = new MemoryEntries();
  const store: Bench["store"] = { failure: null, calls: 0, atOnce: 0 };
  let open = 0;
  const entries: EntryStore = {
    get: (...key) => inner.get(...key),
    replace: (...change) => inner.replace(...change),
    take: (...key) => inner.take(...key),
    list: (...page) => inner.list(...page),
    removeOwned: (...owned) => inner.removeOwned(...owned),
    deleteExpired: (...what) => inner.deleteExpired(...what),
    async add(entry, now) {
      store.calls += 1;
      open += 1;
      store.atOnce = Math.max(store.atOnce, open);
      await Promise.resolve();
      open -= 1;
      if (store.failure !== null) throw store.failure;
      return inner.add(entry, now);
    },
  };
  const told: SojournEvent[] = [];
  const logged: string[] = [];
  const log = (_fields: object, message: string): void => void logged.push(message);
  const events = new EventLog(clock, (event) => void told.push(event), { info() {}, warn: log, error: log });
  const random = seededRandom(1);
  const writer = new AuditWriter({ entries, clock, random, events, retention: day, isWanted: () => true });
  events.keepWith(async () => writer);
  return {
    clock,
    writer,
    told,
    logged,
    store,
    happen: (userId) =>
      writer.keep({
        type: "user_created",
        at: new Date(clock.now()).toISOString(),
        ip: null,
        userAgent: null,
        userId,
        method: "password",
      }),
    kept: async () => inner.list(auditSpace, null, clock.now(), { limit: 100_000, after: null }),
  };
}

const away = new SojournError("store_unavailable");
const usersOf = (entries: readonly Entry[]): (string | null)[] => entries.map(({ owner }) => owner);

describe("the writer of kept events", () => {
  it("writes behind whoever caused an event, and not before they are done", async () => {
    const { clock, happen, kept, store } = bench();
    happen("ada");
    expect(store.calls).toBe(0);
    await clock.advance(0);
    expect(usersOf(await kept())).toEqual(["ada"]);
  });

  it("keeps the order of what happened, also within one moment and when the clock is set back", async () => {
    const { clock, writer, happen, kept } = bench();
    const users = Array.from({ length: 40 }, (_, i) => `user ${i}`);
    for (const [i, user] of users.entries()) {
      if (i === 30) clock.jumpTo(clock.now() - 5000);
      happen(user);
    }
    await writer.flush();
    expect(usersOf(await kept())).toEqual(users.toReversed());
  });

  it("takes a few connections at most", async () => {
    const { writer, happen, store } = bench();
    for (let i = 0; i < 100; i += 1) happen(`user ${i}`);
    await writer.flush();
    expect(store.calls).toBe(100);
    expect(store.atOnce).toBeLessThanOrEqual(8);
  });

  it("tries again while the store is away, ever more slowly, and loses nothing", async () => {
    const { clock, writer, happen, kept, store, told, logged } = bench();
    store.failure = away;
    happen("ada");
    await clock.advance(0);
    happen("bob");
    expect(store.calls).toBe(1);
    await clock.advance(999);
    expect(store.calls).toBe(1);
    await clock.advance(1);
    // Both, and then both again after two seconds and four.
    expect(store.calls).toBe(3);
    await clock.advance(6000);
    expect(store.calls).toBe(7);
    await clock.advance(10 * 60_000);
    expect(store.calls).toBeLessThan(7 + 2 * 17);
    expect(writer.status).toEqual({ waiting: 2, lost: 0 });
    expect(logged).toEqual(["sojourn: events wait for the store, to be kept when it is back"]);
    store.failure = null;
    await clock.advance(60_000);
    expect(usersOf(await kept())).toEqual(["bob", "ada"]);
    expect(writer.status).toEqual({ waiting: 0, lost: 0 });
    expect(told).toEqual([]);
  });

  it("writes once what the store had taken although it seemed to fail", async () => {
    const { clock, writer, happen, kept, store } = bench();
    happen("ada");
    await writer.flush();
    const [entry] = await kept();
    // The same entry, as it is tried again after its reply was lost.
    store.failure = away;
    happen("bob");
    await clock.advance(0);
    store.failure = null;
    await clock.advance(1000);
    expect(usersOf(await kept())).toEqual(["bob", "ada"]);
    expect((await kept())[1]).toEqual(entry);
  });

  it("keeps so many and no more, counts what is lost, and tells of it in the kept events too", async () => {
    const { clock, writer, happen, kept, store, told } = bench();
    store.failure = away;
    for (let i = 0; i < mostWaiting + 25; i += 1) happen(`user ${i}`);
    expect(writer.status).toEqual({ waiting: mostWaiting, lost: 25 });
    await clock.advance(0);
    expect(told).toMatchObject([{ type: "audit_events_lost", count: 25 }]);
    await clock.advance(10 * 60_000);
    expect(told).toHaveLength(1);
    store.failure = null;
    await clock.advance(60_000);
    const entries = await kept();
    expect(entries).toHaveLength(mostWaiting + 1);
    expect(entries[0]?.value).toMatchObject({ type: "audit_events_lost", count: 25 });
    expect(writer.status).toEqual({ waiting: 0, lost: 25 });
  });

  it("loses at once what the store will never take, and nothing else", async () => {
    const { writer, happen, kept, store, told } = bench();
    store.failure = new SojournError("invalid_input");
    happen("a\u0000b");
    await writer.flush();
    store.failure = null;
    happen("ada");
    await writer.flush();
    expect(usersOf(await kept())).toContain("ada");
    expect(writer.status).toEqual({ waiting: 0, lost: 1 });
    expect(told).toMatchObject([{ type: "audit_events_lost", count: 1 }]);
  });

  it("writes what waits when it is closed, and tells what it could not write", async () => {
    const { clock, writer, happen, kept, store, told } = bench();
    happen("ada");
    await writer.close();
    expect(usersOf(await kept())).toEqual(["ada"]);
    store.failure = away;
    happen("bob");
    happen("eve");
    await writer.close();
    expect(told).toMatchObject([{ type: "audit_events_lost", count: 2 }]);
    expect(writer.status.lost).toBe(2);
    expect(clock.pendingTimers).toBe(0);
    store.failure = null;
    // A request that was still running.
    happen("late");
    await writer.close();
    expect(usersOf(await kept())[0]).toBe("late");
    expect(told).toHaveLength(1);
  });
});

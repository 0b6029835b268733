import { beforeEach, describe, expect, it } from "vitest";
import { createKeyRing } from "../crypto/key-ring.ts";
import { generateSecret } from "../crypto/secrets.ts";
import { SojournError } from "../domain/errors.ts";
import type { SojournEvent } from "../domain/events.ts";
import type { KeyPolicy, KeyState } from "../domain/key-life.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import { MemoryEntries } from "../stores/memory/memory-entries.ts";
import { type FakeClock, fakeClock, seededRandom } from "../testing/index.ts";
import { EventLog } from "./event-log.ts";
import { KeyKeeper } from "./key-keeper.ts";

const day = 86_400_000;
const lag = 2000;
const policy: KeyPolicy = { rotateEvery: 90 * day, announceFor: day, keepFor: 30 * day };
const secret = generateSecret();

let clock: FakeClock;
let entries: MemoryEntries;
let reads: number;
let announced: number;
let events: SojournEvent[];
let seed = 100;

/** One more node on the store of the test. */
function node(secrets: readonly string[] = [secret], store: EntryStore = counting()): KeyKeeper {
  return new KeyKeeper({
    secrets: createKeyRing(secrets),
    entries: store,
    sessions: {
      announce: () => {
        announced += 1;
      },
    },
    policy,
    maxLag: lag,
    clock,
    random: seededRandom((seed += 1)),
    events: new EventLog(clock, (event) => void events.push(event), null),
  });
}

function counting(): EntryStore {
  return new Proxy(entries, {
    get(target, name) {
      const verb = Reflect.get(target, name, target) as (...args: unknown[]) => unknown;
      return (...args: unknown[]): unknown => {
        if (name === "get") reads += 1;
        return Reflect.apply(verb, target, args);
      };
    },
  });
}

/** A store whose replies come later. */
function remote(): EntryStore {
  return new Proxy(entries, {
    get(target, name) {
      const verb = Reflect.get(target, name, target) as (...args: unknown[]) => unknown;
      return async (...args: unknown[]): Promise<unknown> => Reflect.apply(verb, target, args);
    },
  });
}

/** Time goes on, and what fell due is done at its end. */
async function pass(ms: number): Promise<void> {
  clock.jumpTo(clock.now() + ms);
  await clock.advance(2000);
}

const statesOf = (keeper: KeyKeeper): readonly KeyState[] => keeper.list().map(({ state }) => state);
const stored = (): string => JSON.stringify(entries.get("key", "ring", clock.now())?.value ?? null);

/** A node whose first stored key signs. */
async function settled(): Promise<KeyKeeper> {
  const keeper = node();
  await keeper.ready();
  await pass(1000);
  await pass(day);
  await keeper.ready();
  expect(statesOf(keeper)).toEqual(["retired", "active", "announced"]);
  return keeper;
}

beforeEach(() => {
  clock = fakeClock();
  entries = new MemoryEntries();
  reads = 0;
  announced = 0;
  events = [];
});

describe("a ring in a store", () => {
  it("begins with the secret's key, and reading it writes nothing", async () => {
    const keeper = node();
    await keeper.ready();
    expect(statesOf(keeper)).toEqual(["active"]);
    expect(stored()).toBe("null");
    await pass(1000);
    expect(statesOf(keeper)).toEqual(["active", "announced"]);
  });

  it("has one new key however many nodes begin, or rotate by schedule, at the same moment", async () => {
    const nodes = [node(), node(), node([secret], remote()), node([secret], remote())];
    await Promise.all(nodes.map(async (keeper) => keeper.ready()));
    await pass(1000);
    const ids = async (): Promise<string[]> => {
      for (const keeper of nodes) await keeper.changed();
      const all = nodes.map((keeper) =>
        keeper
          .list()
          .map(({ record }) => record.id)
          .join(),
      );
      expect(new Set(all).size).toBe(1);
      return all[0]?.split(",") ?? [];
    };
    expect(await ids()).toHaveLength(2);
    await pass(day);
    expect(await ids()).toHaveLength(3);
    await pass(90 * day);
    expect(await ids()).toHaveLength(3);
    for (const keeper of nodes) expect(statesOf(keeper)).toEqual(["retired", "active", "announced"]);
  });

  it("holds no key that could be used without the secret", async () => {
    const keeper = await settled();
    const { activeId } = keeper.ring;
    const keys = (["refresh", "seal", "jwt:HS256:access"] as const).map((purpose) =>
      keeper.ring.key(activeId, purpose),
    );
    expect(stored()).toContain(activeId);
    for (const key of keys) {
      expect(stored()).not.toContain(key?.toString("base64url"));
      expect(stored()).not.toContain(key?.toString("hex"));
    }
    const elsewhere = node();
    await elsewhere.ready();
    expect(elsewhere.ring.key(activeId, "refresh")).toEqual(keeper.ring.key(activeId, "refresh"));
  });

  it("flips at its time without a timer and without the store", async () => {
    const keeper = await settled();
    const [, , next] = keeper.list();
    clock.jumpTo(next?.record.activatesAt ?? 0);
    expect(keeper.ring.activeId).toBe(next?.record.id);
    expect(events.map(({ type }) => type).slice(-2)).toEqual(["key_retired", "key_activated"]);
  });
});

describe("a node", () => {
  it("asks the store again when its last look is older than the lag, and not before", async () => {
    const keeper = await settled();
    await keeper.changed();
    reads = 0;
    clock.jumpTo(clock.now() + lag);
    for (let i = 0; i < 1000; i += 1) expect(keeper.ready()).toBeUndefined();
    expect(reads).toBe(0);
    clock.jumpTo(clock.now() + 1);
    await keeper.ready();
    expect(reads).toBe(1);
  });

  it("needs no look of its own while the feed says that nothing has changed", async () => {
    const keeper = await settled();
    reads = 0;
    for (let i = 0; i < 100; i += 1) {
      clock.jumpTo(clock.now() + 500);
      keeper.current(clock.now());
      expect(keeper.ready()).toBeUndefined();
    }
    expect(reads).toBe(0);
  });

  it("does not believe the feed before it has read the keys", () => {
    const keeper = node([secret], remote());
    keeper.current(clock.now());
    expect(keeper.ready()).toBeInstanceOf(Promise);
    expect(() => keeper.ring.activeId).toThrow(expect.objectContaining({ code: "store_unavailable" }));
  });

  it("asks at most once in the lag however many unknown keys are named (flood of 10,000)", async () => {
    const keeper = await settled();
    await pass(lag + 1);
    reads = 0;
    const news = Array.from({ length: 10_000 }, () => keeper.ring.learn());
    const looks = news.filter((one) => one !== null);
    await Promise.all(looks);
    expect(looks).toHaveLength(1);
    expect(reads).toBe(1);
    clock.jumpTo(clock.now() + lag + 1);
    await keeper.ring.learn();
    expect(reads).toBe(2);
  });

  it("shares one read among all that wait for it", async () => {
    const keeper = node([secret], remote());
    const [first, second] = [keeper.ready(), keeper.ready()];
    expect(second).toBe(first);
    await first;
  });

  it("does not go back to an older answer that arrives late", async () => {
    const late: (() => void)[] = [];
    const slow = new Proxy(entries, {
      get(target, name) {
        const verb = Reflect.get(target, name, target) as (...args: unknown[]) => unknown;
        if (name !== "get" || late.length > 0) return verb.bind(target);
        return (...args: unknown[]) => {
          const answer: unknown = Reflect.apply(verb, target, args);
          return new Promise((resolve) => late.push(() => resolve(answer)));
        };
      },
    });
    const other = await settled();
    const keeper = node([secret], slow);
    const first = keeper.ready();
    clock.jumpTo(clock.now() + 10);
    const revoked = other.ring.activeId;
    await other.revoke(revoked, null);
    await keeper.changed();
    late[0]?.();
    await first;
    expect(keeper.ring.isRevoked(revoked)).toBe(true);
    expect(keeper.ring.activeId).toBe(other.ring.activeId);
  });

  it("follows a store that was restored from a backup, and tells of the keys that are lost with it", async () => {
    const keeper = await settled();
    const backup = entries.get("key", "ring", clock.now());
    await pass(day);
    await keeper.rotate();
    const lost = keeper.list().at(-1)?.record.id;
    entries.take("key", "ring", clock.now());
    entries.add({ space: "key", key: "ring", owner: null, value: backup?.value ?? null, expiresAt: null }, 0);
    events.length = 0;
    await pass(1000);
    await keeper.changed();
    expect(events).toContainEqual(expect.objectContaining({ type: "key_lost", keyId: lost }));
    expect(keeper.ring.key(lost ?? "", "refresh")).toBeNull();
  });

  it("stops its timer when it is told to", async () => {
    const keeper = await settled();
    expect(clock.pendingTimers).toBe(1);
    keeper.stop();
    expect(clock.pendingTimers).toBe(0);
    clock.jumpTo(clock.now() + day);
    await keeper.ready();
    expect(clock.pendingTimers).toBe(0);
  });

  it("passes an outage on as one, and goes on when it is over", async () => {
    let out = true;
    const flaky = new Proxy(entries, {
      get(target, name) {
        if (out) throw new SojournError("store_unavailable");
        return (Reflect.get(target, name, target) as () => unknown).bind(target);
      },
    });
    const keeper = node([secret], flaky);
    expect(() => keeper.ready()).toThrow(expect.objectContaining({ code: "store_unavailable" }));
    out = false;
    await keeper.ready();
    expect(statesOf(keeper)).toEqual(["active"]);
  });
});

describe("a rotation by command", () => {
  it("counts once where two nodes are told at the same moment", async () => {
    const one = await settled();
    const two = node([secret], remote());
    await two.ready();
    await pass(day);
    const next = one.list().at(-1)?.record.id;
    expect(await Promise.all([two.rotate(), one.rotate()])).toEqual([next, next]);
    await two.changed();
    expect(one.ring.activeId).toBe(next);
    expect(two.ring.activeId).toBe(next);
    expect(statesOf(two)).toEqual(["retired", "retired", "active", "announced"]);
  });

  it("tells all nodes, once for each change", async () => {
    const keeper = await settled();
    await pass(day);
    announced = 0;
    await keeper.rotate();
    expect(announced).toBe(1);
  });

  it("fails with a code when too many keys still have to verify", async () => {
    const keeper = await settled();
    const rotate = async (): Promise<unknown> => {
      await pass(day);
      return keeper.rotate();
    };
    for (let i = 0; i < 22; i += 1) await rotate();
    await expect(
      (async () => {
        for (let i = 0; i < 3; i += 1) await rotate();
      })(),
    ).rejects.toMatchObject({ code: "key_ring_full" });
  });
});

describe("a revocation", () => {
  it("is known to another node when it is told that the keys changed", async () => {
    const [one, two] = [await settled(), node()];
    await two.ready();
    const { activeId } = one.ring;
    await one.revoke(activeId, "leaked");
    expect(one.ring.key(activeId, "refresh")).toBeNull();
    expect(two.ring.key(activeId, "refresh")).not.toBeNull();
    await two.changed();
    expect(two.ring.key(activeId, "refresh")).toBeNull();
    expect(two.ring.isRevoked(activeId)).toBe(true);
    expect(stored()).toContain("leaked");
    expect(events).toContainEqual(
      expect.objectContaining({ type: "key_revoked", keyId: activeId, reason: "leaked" }),
    );
  });

  it("is told of again when it is repeated, in case nobody was told the first time", async () => {
    const keeper = await settled();
    const { activeId } = keeper.ring;
    await keeper.revoke(activeId, "leaked");
    announced = 0;
    const before = stored();
    expect(await keeper.revoke(activeId, "again")).toBe(true);
    expect(announced).toBe(1);
    expect(stored()).toBe(before);
  });

  it("of a key that there is not changes nothing", async () => {
    const keeper = await settled();
    announced = 0;
    expect(await keeper.revoke("nobody", null)).toBe(false);
    expect(announced).toBe(0);
  });
});

describe("the secret over the keys", () => {
  it("that does not fit is said so at once, and no key is made beside the others", async () => {
    await settled();
    const before = stored();
    const stranger = node([generateSecret()]);
    expect(() => stranger.ready()).toThrow(
      expect.objectContaining({
        code: "config_secret_mismatch",
        message: expect.stringContaining("wrapped with another secret") as string,
      }),
    );
    await pass(day);
    expect(stored()).toBe(before);
  });

  it("changes without the loss of a key, and the old one can be dropped", async () => {
    const old = await settled();
    const { activeId } = old.ring;
    const fresh = generateSecret();
    const during = node([fresh, secret]);
    await during.ready();
    expect(during.ring.activeId).toBe(activeId);
    await pass(1000);
    // A node that still has the old secret alone reads what the others wrote.
    const behind = node();
    await behind.ready();
    expect(behind.ring.activeId).toBe(activeId);
    await pass(1000);
    await during.changed();
    await pass(61_000);
    const after = node([fresh]);
    await after.ready();
    expect(after.ring.activeId).toBe(activeId);
    await pass(1000);
    expect(stored()).not.toContain(createKeyRing([secret]).activeId);
    expect(() => node().ready()).toThrow(expect.objectContaining({ code: "config_secret_mismatch" }));
  });

  it("with one key that cannot be read leaves all others good, and tells which it is", async () => {
    const keeper = await settled();
    const lost = keeper.ring.activeId;
    const entry = entries.get("key", "ring", clock.now());
    const value = entry?.value as { v: number; keys: { id: string; wraps: string[] }[] };
    const keys = value.keys.map((key) => (key.id === lost ? { ...key, wraps: ["v1.broken"] } : key));
    entries.replace(
      "key",
      "ring",
      entry?.version ?? 0,
      { value: { ...value, keys }, expiresAt: null },
      clock.now(),
    );
    keeper.stop();
    events.length = 0;
    const restarted = node();
    await restarted.ready();
    expect(events).toEqual([expect.objectContaining({ type: "key_lost", keyId: lost })]);
    expect(restarted.ring.activeId).not.toBe(lost);
    expect(restarted.ring.key(lost, "refresh")).toBeNull();
    await restarted.changed();
    expect(events).toHaveLength(1);
    await pass(1000);
    expect(statesOf(restarted).slice(-2)).toEqual(["active", "announced"]);
  });
});

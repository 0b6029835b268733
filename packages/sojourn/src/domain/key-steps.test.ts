import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fleet, fleetPolicy, type FleetStep, lag } from "./key-fleet.fixture.ts";
import { keyClockSkew } from "./key-policy.ts";
import { type KeyPolicy, type KeyRecord, type KeyState, keysOfSecrets, viewKeys } from "./key-life.ts";
import { mostKeys } from "./policy.ts";
import { revokeKey, type RingFacts, rotateKeys, tendKeys } from "./key-steps.ts";

const day = 86_400_000;
const start = Date.UTC(2030, 0, 1);
const policy: KeyPolicy = { rotateEvery: 90 * day, announceFor: day, keepFor: 30 * day };
const byCommand: KeyPolicy = { ...policy, rotateEvery: null };

let made = 0;
const factsOf = (keys: readonly KeyRecord[], now: number, more: Partial<RingFacts> = {}): RingFacts => ({
  keys,
  readable: new Set(keys.map(({ id }) => id)),
  policy,
  now,
  freshId: `key-${(made += 1)}`,
  ...more,
});

/** The states of all keys by id, as a node with all of them sees it. */
function statesAt(keys: readonly KeyRecord[], now: number): Record<string, KeyState> {
  const readable = new Set(keys.map(({ id }) => id));
  return Object.fromEntries(viewKeys(keys, readable, policy.keepFor, now)?.states ?? []);
}

/** A ring whose first stored key has just taken over from the secret, and whose second is known. */
function running(): { readonly keys: readonly KeyRecord[]; readonly now: number } {
  const first = tendKeys(factsOf(keysOfSecrets(["s"], []), start, { freshId: "a" }));
  const now = start + day;
  return { keys: tendKeys(factsOf(first, now, { freshId: "b" })), now };
}

describe("a ring that begins", () => {
  it("signs with the secret until its first key has been announced for long enough", () => {
    const keys = tendKeys(factsOf(keysOfSecrets(["s"], []), start, { freshId: "a" }));
    expect(statesAt(keys, start)).toEqual({ s: "active", a: "announced" });
    expect(statesAt(keys, start + day - 1)).toEqual({ s: "active", a: "announced" });
    expect(statesAt(keys, start + day)).toEqual({ s: "retired", a: "active" });
  });

  it("takes its first key into use also where rotation is by command only", () => {
    const keys = tendKeys(factsOf(keysOfSecrets(["s"], []), start, { freshId: "a", policy: byCommand }));
    expect(statesAt(keys, start + day)).toEqual({ s: "retired", a: "active" });
  });

  it("goes on verifying what was made with the secrets for as long as that may live", () => {
    const { keys, now } = running();
    const verifying = (at: number): readonly string[] | undefined =>
      viewKeys(keys, new Set(["s", "a", "b"]), policy.keepFor, at)?.verifying;
    expect(verifying(now + policy.keepFor - 1)).toContain("s");
    expect(verifying(now + policy.keepFor)).toEqual(["a", "b"]);
  });
});

describe("looking after a ring", () => {
  it("announces the next key when one takes over, and plans its turn", () => {
    const { keys, now } = running();
    expect(statesAt(keys, now)).toEqual({ s: "retired", a: "active", b: "announced" });
    expect(keys.at(-1)?.activatesAt).toBe(now + 90 * day);
    expect(statesAt(keys, now + 90 * day)).toMatchObject({ a: "retired", b: "active" });
  });

  it("changes nothing twice", () => {
    const { keys, now } = running();
    expect(tendKeys(factsOf(keys, now))).toEqual(keys);
    expect(tendKeys(factsOf(keys, now + day))).toEqual(keys);
  });

  it("removes a key when the longest token that it signed is over, and not before", () => {
    const { keys, now } = running();
    const later = now + 90 * day;
    const ids = (at: number): readonly string[] =>
      tendKeys(factsOf(keys, at, { freshId: "c" })).map(({ id }) => id);
    expect(ids(later + policy.keepFor - 1)).toEqual(["s", "a", "b", "c"]);
    expect(ids(later + policy.keepFor)).toEqual(["s", "b", "c"]);
  });

  it("leaves a turn of the next key unplanned where rotation is by command", () => {
    const first = tendKeys(factsOf(keysOfSecrets(["s"], []), start, { freshId: "a", policy: byCommand }));
    const keys = tendKeys(factsOf(first, start + day, { freshId: "b", policy: byCommand }));
    expect(keys.at(-1)).toMatchObject({ id: "b", activatesAt: null });
    expect(statesAt(keys, start + 1000 * day)).toMatchObject({ a: "active", b: "announced" });
  });

  it("moves the turn of a key that is known to an earlier time, never to a later one", () => {
    const { keys, now } = running();
    const planOf = (rotateEvery: number | null): number | null | undefined =>
      tendKeys(factsOf(keys, now, { policy: { ...policy, rotateEvery } })).at(-1)?.activatesAt;
    expect(planOf(30 * day)).toBe(now + 30 * day);
    expect(planOf(365 * day)).toBe(now + 90 * day);
    expect(planOf(null)).toBe(now + 90 * day);
  });

  it("lets the next key sign where this node cannot read the one whose turn it is", () => {
    const { keys, now } = running();
    const readable = new Set(["s", "b"]);
    const tended = tendKeys(factsOf(keys, now + 1000, { readable, freshId: "c" }));
    expect(viewKeys(tended, new Set(["s", "b", "c"]), policy.keepFor, now + 1000)?.signer).toBe("b");
    expect(tended.find(({ id }) => id === "b")?.activatesAt).toBe(now + 1000);
    expect(tended.at(-1)?.id).toBe("c");
  });
});

describe("a rotation by command", () => {
  it("takes effect at once with a key that has been known for long enough, and announces the one after it", () => {
    const { keys, now } = running();
    const at = now + day;
    const rotated = rotateKeys(factsOf(keys, at, { freshId: "c" }));
    expect(rotated?.id).toBe("b");
    expect(statesAt(rotated?.keys ?? [], at)).toEqual({
      s: "retired",
      a: "retired",
      b: "active",
      c: "announced",
    });
  });

  it("waits for a key that is not known for long enough, and asked again does not wait longer", () => {
    const { keys, now } = running();
    const rotated = rotateKeys(factsOf(keys, now + 1000));
    expect(rotated?.keys.find(({ id }) => id === "b")?.activatesAt).toBe(now + day);
    expect(rotateKeys(factsOf(rotated?.keys ?? [], now + 5000))).toEqual(rotated);
  });

  it("is refused when the ring has as many keys as it has room for", () => {
    let { keys, now } = running();
    for (let rotations = 1; rotations < mostKeys; rotations += 1) {
      now += day;
      keys = rotateKeys(factsOf(keys, now))?.keys ?? [];
    }
    expect(keys).toHaveLength(mostKeys + 1);
    expect(rotateKeys(factsOf(keys, now + day))).toBeNull();
    expect(rotateKeys(factsOf(keys, now + 30 * day))).not.toBeNull();
  });
});

describe("the revocation of a key", () => {
  it("lets the next one sign at once, though its turn had not come, and announces another", () => {
    const { keys, now } = running();
    const at = now + day;
    const revoked = revokeKey(factsOf(keys, at, { freshId: "c" }), "a", "laptop stolen") ?? [];
    expect(statesAt(revoked, at)).toEqual({ s: "retired", a: "revoked", b: "active", c: "announced" });
    expect(revoked.find(({ id }) => id === "a")).toMatchObject({ revokedAt: at, reason: "laptop stolen" });
    // Also on a node whose clock is behind the one that revoked it.
    expect(statesAt(revoked, at - keyClockSkew)).toMatchObject({ b: "active" });
  });

  it("of one that has not signed yet changes nothing for the one that signs", () => {
    const { keys, now } = running();
    const revoked = revokeKey(factsOf(keys, now, { freshId: "c" }), "b", null) ?? [];
    expect(statesAt(revoked, now)).toEqual({ s: "retired", a: "active", b: "revoked", c: "announced" });
    expect(statesAt(revoked, now + 90 * day)).toMatchObject({ a: "retired", c: "active" });
  });

  it("of the secret's own key lets the first stored one sign, and lasts for as long as that could live", () => {
    const keys = tendKeys(factsOf(keysOfSecrets(["s"], []), start, { freshId: "a" }));
    const revoked = revokeKey(factsOf(keys, start + 1, { freshId: "b" }), "s", null) ?? [];
    expect(statesAt(revoked, start + 1)).toEqual({ s: "revoked", a: "active", b: "announced" });
    const last = start + 1 + policy.keepFor;
    expect(tendKeys(factsOf(revoked, last - 1)).map(({ id }) => id)).toContain("s");
    expect(tendKeys(factsOf(revoked, last)).map(({ id }) => id)).not.toContain("s");
  });

  it("of all keys leaves one that can sign", () => {
    let { keys, now } = running();
    for (const { id } of keys)
      keys = revokeKey(factsOf(keys, now, { freshId: `after-${id}` }), id, null) ?? [];
    const states = Object.values(statesAt(keys, now));
    expect(states.filter((state) => state === "active")).toHaveLength(1);
    expect(states.filter((state) => state === "announced")).toHaveLength(1);
    now += 1;
    expect(tendKeys(factsOf(keys, now))).toEqual(keys);
  });

  it("is remembered of twenty keys, and holds for all", () => {
    let { keys } = running();
    const { now } = running();
    const gone: string[] = [];
    for (let round = 0; round < 50; round += 1) {
      const active = viewKeys(keys, new Set(keys.map(({ id }) => id)), policy.keepFor, now)?.signer ?? "";
      keys = revokeKey(factsOf(keys, now), active, null) ?? [];
      gone.push(active);
    }
    expect(keys.filter(({ revokedAt }) => revokedAt !== null)).toHaveLength(20);
    const view = viewKeys(keys, new Set(keys.map(({ id }) => id)), policy.keepFor, now);
    expect(view?.verifying.filter((id) => gone.includes(id))).toEqual([]);
  });

  it("of a key that is not there does nothing", () => {
    const { keys, now } = running();
    expect(revokeKey(factsOf(keys, now), "nobody", null)).toBeNull();
  });
});

const step = (...acts: readonly FleetStep["act"][]): fc.Arbitrary<FleetStep> =>
  fc.record({
    wait: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 200_000 })),
    node: fc.nat({ max: 2 }),
    act: fc.constantFrom(...acts),
    pick: fc.nat({ max: 30 }),
  });
const skews = fc.array(fc.integer({ min: -keyClockSkew / 2, max: keyClockSkew / 2 }), {
  minLength: 3,
  maxLength: 3,
});

describe("nodes whose clocks differ and whose news is late", () => {
  it("accept whatever any of them signed until it is over, however keys rotate", () => {
    const steps = fc.array(step("look", "tend", "rotate", "sign", "sign", "outlive"), {
      maxLength: 120,
      size: "max",
    });
    fc.assert(
      fc.property(skews, steps, (clocks, all) => {
        const fleet = new Fleet(clocks);
        for (const one of all) {
          fleet.take(one);
          for (const node of fleet.nodes) {
            const { verifying } = fleet.view(node);
            const refused = fleet.goodTokens(node).filter(({ key }) => !verifying.includes(key));
            if (refused.length > 0) expect(refused).toEqual([]);
          }
        }
      }),
      { numRuns: 300, plugins: [fc.interruptAfterTimeLimit(10_000)] },
    );
  });

  it("sign with no key that a node with the oldest news could not know", () => {
    const steps = fc.array(step("look", "tend", "rotate", "sign", "sign"), { maxLength: 120, size: "max" });
    fc.assert(
      fc.property(skews, steps, (clocks, all) => {
        const fleet = new Fleet(clocks);
        for (const one of all) fleet.take(one);
        for (const { key, signedAt } of fleet.tokens) {
          const known = fleet.knownSince.get(key) ?? Number.NEGATIVE_INFINITY;
          expect(signedAt - known).toBeGreaterThanOrEqual(2 * lag);
        }
      }),
      { numRuns: 300, plugins: [fc.interruptAfterTimeLimit(10_000)] },
    );
  });

  it("always have one that signs, refuse every revoked key within the lag, and find every other if they look", () => {
    const steps = fc.array(step("look", "tend", "rotate", "revoke", "sign", "sign"), {
      maxLength: 120,
      size: "max",
    });
    fc.assert(
      fc.property(skews, steps, (clocks, all) => {
        const fleet = new Fleet(clocks);
        for (const one of all) {
          fleet.take(one);
          for (const node of fleet.nodes) {
            const good = fleet.goodTokens(node);
            const refused = (): unknown[] =>
              good.filter(({ key }) => !fleet.view(node).verifying.includes(key));
            if (refused().length > 0) fleet.look(node);
            if (refused().length > 0) expect(refused()).toEqual([]);
          }
        }
        fleet.take({ wait: lag + 1, node: 0, act: "look", pick: 0 });
        for (const node of fleet.nodes) {
          const { verifying } = fleet.view(node);
          const accepted = fleet.stored.filter(
            ({ id, revokedAt }) => revokedAt !== null && verifying.includes(id),
          );
          expect(accepted).toEqual([]);
        }
      }),
      { numRuns: 300, plugins: [fc.interruptAfterTimeLimit(10_000)] },
    );
  });

  it("keep no key for ever", () => {
    const fleet = new Fleet([0, 20_000, -20_000]);
    for (let round = 0; round < 500; round += 1)
      fleet.take({ wait: 60_000, node: round % 3, act: round % 2 === 0 ? "tend" : "sign", pick: 0 });
    const most = Math.ceil(fleetPolicy.keepFor / (fleetPolicy.rotateEvery ?? 1)) + 2;
    expect(fleet.stored.filter(({ origin }) => origin === "stored").length).toBeLessThanOrEqual(most);
  });
});

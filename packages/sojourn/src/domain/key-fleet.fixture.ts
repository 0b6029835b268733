import { keyClockSkew } from "./key-policy.ts";
import { type KeyPolicy, type KeyRecord, keysOfSecrets, type RingView, viewKeys } from "./key-life.ts";
import { revokeKey, type RingFacts, rotateKeys, tendKeys } from "./key-steps.ts";

/** How old a node's look at the keys may be, in ms. */
export const lag = 2000;
/** The longest life of a token, in ms. */
const longestLife = 600_000;

/** The rules of the fleet: the shortest announcement that the boot check lets pass. */
export const fleetPolicy: KeyPolicy = {
  rotateEvery: 300_000,
  announceFor: 2 * lag + keyClockSkew,
  keepFor: longestLife + 2 * (lag + keyClockSkew),
};

/** What one node does, after `wait` ms. */
export interface FleetStep {
  readonly wait: number;
  readonly node: number;
  /** `outlive`: lets time go on to the last moment of a token, by this node's clock. */
  readonly act: "look" | "tend" | "rotate" | "revoke" | "sign" | "outlive";
  /** Which key is revoked, or which of the latest tokens outlived. */
  readonly pick: number;
}

interface FleetNode {
  /** By how much its clock differs from the true time, in ms. */
  readonly skew: number;
  keys: readonly KeyRecord[];
  lookedAt: number;
}

interface Token {
  readonly key: string;
  readonly signedAt: number;
  /** By the clock of the node that signed it, as nodes read it. */
  readonly expiresAt: number;
}

/**
 * Several nodes on one store, each with a clock of its own and a look at the keys that may be as old as the lag
 * allows. What they do is decided by the library; here is only what lies between the decisions.
 */
export class Fleet {
  readonly nodes: readonly FleetNode[];
  readonly tokens: Token[] = [];
  /** When a key came into the store, in true time. */
  readonly knownSince: Map<string, number> = new Map();
  stored: readonly KeyRecord[] = keysOfSecrets(["secret-0", "secret-1"], []);
  #time = Date.UTC(2030, 0, 1);
  #made = 0;

  constructor(skews: readonly number[]) {
    this.nodes = skews.map((skew) => ({ skew, keys: this.stored, lookedAt: this.#time }));
  }

  take({ wait, node: index, act, pick }: FleetStep): void {
    this.#time += wait;
    const node = this.nodes[index % this.nodes.length] as FleetNode;
    if (act === "look") this.look(node);
    else if (act === "sign") this.#sign(node);
    else if (act === "outlive") this.#outlive(node, pick);
    else this.#write(node, act, pick);
  }

  /** What a node goes by at this moment: it never uses a look that is too old. */
  view(node: FleetNode): RingView {
    if (this.#time - node.lookedAt > lag) this.look(node);
    const view = viewKeys(node.keys, readable(node.keys), fleetPolicy.keepFor, this.#time + node.skew);
    if (view === null) throw new Error("no key can sign");
    return view;
  }

  look(node: FleetNode): void {
    node.keys = this.stored;
    node.lookedAt = this.#time;
  }

  /** The tokens that a node's clock says are not over, of keys that nobody has revoked. */
  goodTokens(node: FleetNode): readonly Token[] {
    const revoked = new Set(this.stored.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => id));
    return this.tokens.filter(
      ({ key, expiresAt }) => !revoked.has(key) && this.#time + node.skew < expiresAt,
    );
  }

  #sign(node: FleetNode): void {
    const signedAt = this.#time + node.skew;
    this.tokens.push({
      key: this.view(node).signer,
      signedAt: this.#time,
      expiresAt: signedAt + longestLife,
    });
  }

  #outlive({ skew }: FleetNode, pick: number): void {
    const end = this.tokens.at(-1 - (pick % 4))?.expiresAt ?? 0;
    this.#time = Math.max(this.#time, end - skew - 1);
  }

  /** A compare-and-set: made from what the store has, seen and written by this node alone. */
  #write(node: FleetNode, act: "tend" | "rotate" | "revoke", pick: number): void {
    this.look(node);
    const freshId = `key-${(this.#made += 1)}`;
    const facts: RingFacts = {
      keys: node.keys,
      readable: readable(node.keys),
      policy: fleetPolicy,
      now: this.#time + node.skew,
      freshId,
    };
    const id = node.keys[pick % node.keys.length]?.id ?? "";
    const keys =
      act === "tend"
        ? tendKeys(facts)
        : act === "rotate"
          ? rotateKeys(facts)?.keys
          : revokeKey(facts, id, null);
    if (keys === null || keys === undefined) return;
    this.stored = keys;
    if (keys.some((key) => key.id === freshId)) this.knownSince.set(freshId, this.#time);
    this.look(node);
  }
}

function readable(keys: readonly KeyRecord[]): ReadonlySet<string> {
  return new Set(keys.map(({ id }) => id));
}

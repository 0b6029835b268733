import type { JwtAlgorithm, StrategyName } from "../auth-options.ts";
import type { KeyInfo } from "../auth-keys.ts";

/** How a node of the fleet is set up; the first argument of the process, as JSON. */
export interface NodeSetup {
  /** A module whose `open` makes the store, as a URL, and what it is called with. */
  readonly module: string;
  readonly where: string;
  readonly strategy: StrategyName;
  readonly alg: JwtAlgorithm;
  /** Ms since the epoch when time began to run faster, and by how much. */
  readonly startedAt: number;
  readonly speed: number;
  /** By how much this node's clock is ahead of the true time, in ms of the fast time. */
  readonly ahead: number;
}

/** Durations of the fast time: the shortest announcement that the boot check lets pass. */
export const rules = { lag: 10_000, announceFor: 80_000 } as const;

/** A token of some node. */
export interface SharedToken {
  readonly access: string;
  readonly refresh: string | null;
  /** By which key it was signed. */
  readonly keyId: string;
  readonly expiresAt: number;
}

/** What a process is asked. */
export type NodeOrder =
  | { readonly do: "take"; readonly tokens: readonly SharedToken[] }
  | { readonly do: "list" }
  | { readonly do: "rotate" }
  | { readonly do: "revoke"; readonly id: string }
  | { readonly do: "report" };

/** A check of a token that was not over. Times are true ones, in ms of the fast time. */
export interface Refusal {
  readonly keyId: string;
  readonly at: number;
  readonly answer: string;
}

/** What came of it all. */
export interface NodeReport {
  readonly signed: Readonly<Record<string, number>>;
  readonly checked: number;
  readonly refreshed: number;
  readonly refused: readonly Refusal[];
  /** When a token of each key was last accepted. */
  readonly lastAccepted: Readonly<Record<string, number>>;
}

/** What a process says. */
export type NodeWord =
  | { readonly ready: true }
  | { readonly tokens: readonly SharedToken[] }
  /** The keys after what was asked, the one that it was about, and when that was done. */
  | { readonly keys: readonly KeyInfo[]; readonly key: KeyInfo | null; readonly at: number }
  | { readonly report: NodeReport }
  | { readonly failed: string };

/** The fast time, without anybody's error. */
export function trueTime({ startedAt, speed }: Pick<NodeSetup, "startedAt" | "speed">): number {
  return startedAt + (Date.now() - startedAt) * speed;
}

import type { Session, SessionListEntry } from "sojourn";

/** What the page knows of a user; the rest is the app's affair. */
export interface User {
  readonly id: string;
  readonly name?: string | null;
  readonly email?: string;
}

/** Who the page believes is here. */
export type Who =
  | { readonly phase: "loading" }
  | { readonly phase: "signed-out"; readonly why: string | null }
  | {
      readonly phase: "signed-in";
      readonly user: User;
      readonly session: Session;
      /** Null until they have been fetched. */
      readonly devices: readonly SessionListEntry[] | null;
    };

type Listener = (who: Who, before: Who) => void;

let who: Who = { phase: "loading" };
let reachable = true;
let revision = 0;
const listeners = new Set<Listener>();
const reachListeners = new Set<(reachable: boolean) => void>();

/** Who is here now. */
export function currentWho(): Who {
  return who;
}

/** Grows with each change, so that a reply which was on its way meanwhile can be told to be old. */
export function currentRevision(): number {
  return revision;
}

/** Whether the server answered the last time. */
export function isReachable(): boolean {
  return reachable;
}

/** Takes note of who is here and tells everybody. */
export function setWho(next: Who): void {
  const before = who;
  who = next;
  revision += 1;
  for (const listener of listeners) listener(next, before);
}

/** Takes note of whether the server answers. An outage never changes who is here. */
export function setReachable(next: boolean): void {
  if (next === reachable) return;
  reachable = next;
  for (const listener of reachListeners) listener(next);
}

/** Calls back on each change of who is here. */
export function onWho(listener: Listener): void {
  listeners.add(listener);
}

/** Calls back when the server goes or comes back. */
export function onReachable(listener: (reachable: boolean) => void): void {
  reachListeners.add(listener);
}

import { deepEqual } from "node:assert/strict";
import type { SessionRecord } from "../../domain/session.ts";
import type { SessionStore, Store } from "../../ports/session-store.ts";
import type { MaybePromise } from "../../ports/user-directory.ts";
import { comparable } from "../comparable.ts";
import type { TestRunner } from "../test-runner.ts";

/** A store as the contract is given it. */
export interface StoreUnderTest {
  /** Shown with each test. */
  readonly name: string;
  /** A new and empty store. The contract migrates and closes it. */
  open(): MaybePromise<Store>;
  /**
   * For stores that outlive their process: drops `store` without letting it finish anything, as a
   * crash would, and opens what it kept.
   */
  reopen?(store: Store): MaybePromise<Store>;
}

/** What the parts of the contract work with. */
export interface Suite {
  describe(name: string, body: () => void): void;
  /** Declares a test with an empty store of its own. */
  check(name: string, body: (sessions: SessionStore, store: Store) => Promise<void>): void;
  /** Opens again what a store kept; null for stores that keep nothing. */
  readonly reopen: ((store: Store) => Promise<Store>) | null;
}

/** Makes a suite of a store and a test runner. */
export function createSuite({ describe, it, open, reopen }: StoreUnderTest & TestRunner): Suite {
  return {
    describe: (name, body) => void describe(name, body),
    check(name, body) {
      it(name, async () => {
        const store = await open();
        try {
          await store.migrate();
          await body(store.sessions, store);
        } finally {
          await store.close();
        }
      });
    },
    reopen:
      reopen === undefined
        ? null
        : async (store) => {
            const again = await reopen(store);
            await again.migrate();
            return again;
          },
  };
}

/** When the sessions of the contract are signed in. */
export const start: number = Date.UTC(2030, 0, 1);
export const second = 1000;
export const minute: number = 60 * second;

/** A sid of the right form that no session has. */
export const unknownSid = "01890a5d-ac96-774b-bcce-b302099a8057";

/** Runs `act` for 0 to `times - 1`, all at once. */
export function parallel<T>(times: number, act: (index: number) => MaybePromise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, async (_, index) => act(index)));
}

/** The session as it now stands in the store. */
export async function recordOf(sessions: SessionStore, sid: string): Promise<SessionRecord> {
  const found = await sessions.find(sid);
  if (found === null) throw new Error(`The store has lost session ${sid}.`);
  return found.record;
}

/** Asserts that two answers are the same, whatever classes a driver makes them of. */
export function same(actual: unknown, expected: unknown, message?: string): void {
  deepEqual(comparable(actual), comparable(expected), message);
}

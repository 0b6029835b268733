import { describe, expect, it } from "vitest";
import { createAuth } from "../../create-auth.ts";
import { fakeClock } from "../../testing/index.ts";
import { memory } from "../memory/index.ts";
import type { SqlQuery } from "../sql/driver.ts";
import { withReplica } from "./replica-reads.ts";

const position = (at: () => number): SqlQuery => ({ first: () => [at()], all: () => [[at()]] });
const minute = 60_000;

/** A node that looks sessions up in a copy of a store, which stands still. */
async function nodeWithStaleCopy() {
  const clock = fakeClock();
  const store = memory({ users: false });
  const copies = new Map<string, unknown>();
  const copy = async (sid: string): Promise<void> => void copies.set(sid, await store.sessions.find(sid));
  const sessions = withReplica({
    primary: store.sessions,
    replica: { find: async (sid) => (copies.get(sid) as never) ?? null },
    primaryPosition: position(() => 0),
    replicaPosition: position(() => 0),
    maxStaleness: 1000,
  });
  const auth = createAuth({
    secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
    store: { ...store, sessions },
    users: { findById: (id: string) => ({ id }) },
    session: { idleTimeout: "15m" },
    clock,
  });
  const issued = await auth.sessions.create({ userId: "ada", method: "test" });
  const headers = { cookie: issued.cookies[0]?.split(";")[0] ?? "" };
  await copy(issued.session.sid);
  return { auth, clock, headers, sid: issued.session.sid };
}

describe("a replica that is behind", () => {
  it("ends nobody whose touch it has not heard of", async () => {
    const { auth, clock, headers, sid } = await nodeWithStaleCopy();
    clock.jumpTo(clock.now() + 14 * minute);
    expect(await auth.sessions.touch(sid)).toBe(true);
    clock.jumpTo(clock.now() + 2 * minute);
    expect(await auth.authenticate({ headers })).toMatchObject({ status: "active" });
    clock.jumpTo(clock.now() + 16 * minute);
    expect(await auth.authenticate({ headers })).toMatchObject({ status: "ended", reason: "idle" });
    await auth.close();
  });
});

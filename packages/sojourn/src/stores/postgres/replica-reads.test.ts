import { describe, expect, it } from "vitest";
import { createAuth } from "../../create-auth.ts";
import { fakeClock, sampleSession } from "../../testing/index.ts";
import { memory } from "../memory/index.ts";
import type { SqlQuery } from "../sql/driver.ts";
import { withReplica } from "./replica-reads.ts";

const start = Date.UTC(2030, 0, 1);
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

  it("is not asked any more once this node has told of a changed user, until it has come so far", async () => {
    const primary = memory();
    const account = { email: null, emailVerified: false, name: null, passwordHash: null, createdAt: start };
    const user = await primary.users.create({ ...account, id: "ada" });
    const record = sampleSession({ userId: "ada" });
    await primary.sessions.create(record, null);
    const copy = { record, user };
    const positions = { primary: 1, replica: 1 };
    const sessions = withReplica({
      primary: primary.sessions,
      replica: { find: async () => copy },
      primaryPosition: position(() => positions.primary),
      replicaPosition: position(() => positions.replica),
      maxStaleness: 3_600_000,
    });
    const shown = async (): Promise<unknown> => (await sessions.findRecent?.(record.sid))?.user;
    expect(await shown()).toMatchObject({ role: "user" });
    await primary.users.setRole("ada", "admin");
    positions.primary = 2;
    await sessions.announce({ topic: "user", subject: "ada", at: start, expiresAt: start + minute });
    expect(await shown()).toMatchObject({ role: "admin" });
  });
});

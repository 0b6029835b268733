import { describe, expect, it } from "vitest";
import {
  accountDirectoryContract,
  credentialDirectoryContract,
  sampleSession,
  storeContract,
} from "../../testing/index.ts";
import { memory } from "./index.ts";

storeContract({ name: "memory", open: () => memory(), describe, it });
storeContract({ name: "memory without users", open: () => memory({ users: false }), describe, it });
credentialDirectoryContract({ name: "memory", open: () => memory(), describe, it });
accountDirectoryContract({ name: "memory", open: () => memory(), describe, it });

const start = Date.UTC(2030, 0, 1);

describe("the memory store", () => {
  it("keeps no users when told so", async () => {
    const store = memory({ users: false });
    const record = sampleSession();
    await store.sessions.create(record, null);
    expect(store.users).toBeUndefined();
    expect(await store.sessions.find(record.sid)).toMatchObject({ user: undefined });
  });

  it("shows what an admin changes with the next check of a session", async () => {
    const { users, sessions } = memory();
    const record = sampleSession();
    await sessions.create(record, null);
    await users.create({
      id: record.userId,
      email: "a@example.com",
      emailVerified: false,
      name: "Ada",
      passwordHash: "$",
      createdAt: start,
    });
    expect(await users.setStatus(record.userId, "disabled")).toBe(true);
    expect(await users.setRole(record.userId, "admin")).toBe(true);
    expect(await users.setName(record.userId, null)).toBe(true);
    expect((await sessions.find(record.sid))?.user).toMatchObject({
      status: "disabled",
      role: "admin",
      name: null,
    });
    expect(await users.setStatus("nobody", "active")).toBe(false);
  });

  describe("that is full", () => {
    const fullStore = async (): Promise<ReturnType<typeof memory>> => {
      const store = memory({ maxSessions: 3 });
      for (let at = 0; at < 3; at += 1)
        await store.sessions.create(sampleSession({ idleTimeout: 1000 + at }), null);
      return store;
    };

    it("takes nobody in and signs nobody out", async () => {
      const { sessions } = await fullStore();
      expect(() => sessions.create(sampleSession({ createdAt: start + 999 }), null)).toThrow(
        expect.objectContaining({ code: "store_unavailable" }),
      );
      expect(await sessions.listByUser("user-1", start + 999, { limit: 10, offset: 0 })).toHaveLength(3);
    });

    it("gives the room of sessions that are over to new ones", async () => {
      const { sessions } = await fullStore();
      // Over at 1000 ms, and gone as soon as it was over before.
      expect(await sessions.create(sampleSession({ createdAt: start + 1001 }), null)).toMatchObject({
        created: true,
      });
      expect(await sessions.listByUser("user-1", start + 1000, { limit: 10, offset: 0 })).toHaveLength(3);
    });

    it("keeps the newest of the feed", async () => {
      const { sessions } = memory({ maxSessions: 8 });
      const sids: string[] = [];
      for (let at = 0; at < 40; at += 1) {
        const record = sampleSession({ expiresAt: start + 1000 });
        sids.push(record.sid);
        await sessions.create(record, null);
        await sessions.revoke(record.sid, start, "signed_out");
        await sessions.deleteExpired(start + 1, 10);
      }
      const { revocations } = await sessions.revokedSince(null, 100);
      expect(revocations.length).toBeGreaterThanOrEqual(8);
      expect(revocations.length).toBeLessThanOrEqual(10);
      expect(revocations.map(({ sid }) => sid)).toEqual(sids.slice(-revocations.length));
    });
  });
});

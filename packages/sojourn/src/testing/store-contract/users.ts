import { equal } from "node:assert/strict";
import { sampleSession } from "../sample-session.ts";
import { same, start, type Suite } from "./suite.ts";

/** The user that `find` brings along. */
export function userContract({ describe, check }: Suite): void {
  describe("the user that find brings along", () => {
    check(
      "is the user of the session where the store keeps users, and undefined where it keeps none",
      async (sessions, store) => {
        const record = sampleSession();
        await sessions.create(record, null);
        if (store.users === undefined) {
          // A store that reads the app's own table has looked there for this user, who is in none.
          const expected = store.directory === undefined ? undefined : null;
          equal((await sessions.find(record.sid))?.user, expected);
          return;
        }
        equal((await sessions.find(record.sid))?.user, null, "there is no such user yet");
        const account = {
          id: record.userId,
          email: "ada@example.com",
          emailVerified: true,
          name: "Ada",
          passwordHash: "$hash$",
          createdAt: start,
        };
        const user = await store.users.create(account);
        equal(user?.id, record.userId);
        same((await sessions.find(record.sid))?.user, user);
      },
    );

    check("comes without any trace of a password", async (sessions, store) => {
      const record = sampleSession();
      await sessions.create(record, null);
      const account = {
        id: record.userId,
        email: "ada@example.com",
        emailVerified: false,
        name: null,
        passwordHash: "$marked-hash$",
        createdAt: start,
      };
      await store.users?.create(account);
      equal(JSON.stringify(await sessions.find(record.sid)).includes("marked-hash"), false);
    });
  });

  describe("what is secret of a session", () => {
    check("is nowhere but in its own record", async (sessions) => {
      const record = sampleSession({ secretHash: new Uint8Array(32).fill(171) });
      await sessions.create(record, null);
      await sessions.revoke(record.sid, start, "revoked");
      const { revocations } = await sessions.revokedSince(null, 10);
      same(Object.keys(revocations[0] ?? {}).toSorted(), ["endedAt", "expiresAt", "reason", "sid", "userId"]);
    });
  });
}

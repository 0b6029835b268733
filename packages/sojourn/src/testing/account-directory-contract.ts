import { deepEqual, equal } from "node:assert/strict";
import type { Store } from "../ports/session-store.ts";
import type { AccountDirectory, MaybePromise, NewAccount, StoredUser } from "../ports/user-directory.ts";
import { sampleSession } from "./sample-session.ts";
import type { TestRunner } from "./test-runner.ts";

/** A store that keeps users and lets them be changed. */
type StoreWithAccounts = Store<StoredUser> & { readonly users: AccountDirectory };

/** What {@link accountDirectoryContract} is told. */
export interface AccountDirectoryContractOptions extends TestRunner {
  readonly name: string;
  /** A new and empty store. */
  open(): MaybePromise<StoreWithAccounts>;
}

const createdAt = Date.UTC(2030, 0, 1);
const ada = {
  id: "user-1",
  email: "ada@example.com",
  emailVerified: false,
  name: "Ada",
  passwordHash: "$argon2id$ada",
  createdAt,
} satisfies NewAccount;
const otherName = "Ада 👩‍💻 O'Lovelace";
const bob = { ...ada, id: "user-2", email: "bob@example.com" } satisfies NewAccount;

/** Declares the tests of what an admin changes of a user, and of what sessions then say. */
export function accountDirectoryContract({
  name,
  open,
  describe,
  it,
}: AccountDirectoryContractOptions): void {
  const check = (
    title: string,
    body: (users: AccountDirectory, store: StoreWithAccounts, user: StoredUser) => Promise<void>,
  ): void =>
    void it(title, async () => {
      const store = await open();
      try {
        await store.migrate();
        const user = (await store.users.create(ada)) as StoredUser;
        await store.users.create(bob);
        await body(store.users, store, user);
      } finally {
        await store.close();
      }
    });

  describe(`${name}: the account directory contract`, () => {
    check("changes one thing of one user, and a session shows it at once", async (users, store, user) => {
      const record = sampleSession({ userId: ada.id });
      await store.sessions.create(record, null);
      const others = await users.findById(bob.id);
      const changes: readonly [keyof StoredUser, unknown, () => MaybePromise<boolean>][] = [
        ["status", "disabled", () => users.setStatus(ada.id, "disabled")],
        ["role", "admin", () => users.setRole(ada.id, "admin")],
        ["name", null, () => users.setName(ada.id, null)],
        ["name", otherName, () => users.setName(ada.id, otherName)],
        ["emailVerified", true, () => users.setEmailVerified(ada.id, ada.email)],
        ["status", "active", () => users.setStatus(ada.id, "active")],
      ];
      const expected = { ...user };
      for (const [field, value, change] of changes) {
        Object.assign(expected, { [field]: value });
        // Once more is no other answer: who has not heard of the first time asks again.
        for (let time = 0; time < 2; time += 1) equal(await change(), true, field);
        deepEqual(await users.findById(ada.id), expected);
        deepEqual((await store.sessions.find(record.sid))?.user, expected);
      }
      deepEqual(await users.findById(bob.id), others);
      equal((await users.findCredential(ada.id))?.passwordHash, ada.passwordHash);
    });

    check("says where there is nobody to change", async (users) => {
      for (const id of ["nobody", "", "user-", "__proto__", "%"]) {
        equal(await users.setStatus(id, "disabled"), false, id);
        equal(await users.setRole(id, "admin"), false, id);
        equal(await users.setName(id, "name"), false, id);
        equal(await users.setEmailVerified(id, ada.email), false, id);
        equal(await users.remove(id), false, id);
      }
      equal((await users.findById(ada.id))?.status, "active");
    });

    check("takes only the address that the user has for seen", async (users) => {
      for (const email of [bob.email, "", "ada@example.co", "ADA@example.com"])
        equal(await users.setEmailVerified(ada.id, email), false, email);
      equal((await users.findById(ada.id))?.emailVerified, false);
      await users.create({ ...ada, id: "user-3", email: null });
      equal(await users.setEmailVerified("user-3", ""), false);
      equal((await users.findById("user-3"))?.emailVerified, false);
    });

    check("keeps nothing of a user who is removed", async (users, store) => {
      const records = [sampleSession({ userId: ada.id }), sampleSession({ userId: bob.id })];
      for (const record of records) await store.sessions.create(record, null);
      equal(await users.remove(ada.id), true);
      equal(await users.remove(ada.id), false);
      equal(await users.findById(ada.id), null);
      equal(await users.findByEmail(ada.email), null);
      equal(await users.findCredential(ada.id), null);
      equal(await users.replacePassword(ada.id, null, "$new"), false);
      // Whoever holds the session is nobody any more; everybody else is who they were.
      const found = await Promise.all(records.map(async ({ sid }) => store.sessions.find(sid)));
      deepEqual(
        found.map((one) => one?.user?.id ?? null),
        [null, bob.id],
      );
      deepEqual(found[0]?.user, null);
      equal((await users.findCredential(bob.id))?.passwordHash, bob.passwordHash);
    });

    check(
      "gives the address and the id of a removed user to another, without the password",
      async (users) => {
        await users.remove(ada.id);
        const next = await users.create({ ...ada, id: "user-3", passwordHash: null });
        deepEqual(await users.findByEmail(ada.email), { user: next, passwordHash: null });
        await users.remove("user-3");
        const again = await users.create({ ...ada, passwordHash: null });
        equal(again?.id, ada.id);
        deepEqual(await users.findCredential(ada.id), { user: again, passwordHash: null });
      },
    );

    check("removes a user once, however many want it at once", async (users) => {
      const removed = await Promise.all(Array.from({ length: 20 }, async () => users.remove(ada.id)));
      equal(removed.filter(Boolean).length, 1);
    });
  });
}

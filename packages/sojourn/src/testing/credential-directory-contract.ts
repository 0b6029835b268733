import { deepEqual, equal } from "node:assert/strict";
import type { CredentialDirectory, MaybePromise, NewAccount } from "../ports/user-directory.ts";
import { hostileStrings, textWithNul } from "./hostile-strings.ts";
import { refusal } from "./refusal.ts";
import type { TestRunner } from "./test-runner.ts";

/** What {@link credentialDirectoryContract} is told. */
export interface CredentialDirectoryContractOptions extends TestRunner {
  readonly name: string;
  /** A new and empty directory. */
  open(): MaybePromise<{ readonly users: CredentialDirectory; close(): MaybePromise<void> }>;
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
const bob = {
  ...ada,
  id: "user-2",
  email: "bob@example.com",
  name: null,
  passwordHash: "$argon2id$bob",
} satisfies NewAccount;

/** Declares the tests that every directory with passwords has to pass. */
export function credentialDirectoryContract({
  name,
  open,
  describe,
  it,
}: CredentialDirectoryContractOptions): void {
  const check = (title: string, body: (users: CredentialDirectory) => Promise<void>): void =>
    void it(title, async () => {
      const opened = await open();
      try {
        await body(opened.users);
      } finally {
        await opened.close();
      }
    });

  describe(`${name}: the credential directory contract`, () => {
    check("keeps a new user, and finds them by id and by address", async (users) => {
      const user = await users.create(ada);
      deepEqual(user, { ...user, id: "user-1", status: "active" });
      deepEqual(await users.findById("user-1"), user);
      deepEqual(await users.findByEmail("ada@example.com"), { user, passwordHash: ada.passwordHash });
      deepEqual(await users.findCredential("user-1"), { user, passwordHash: ada.passwordHash });
    });

    check("finds nobody where there is nobody", async (users) => {
      await users.create(ada);
      for (const key of ["", "nobody", "ada@example.co", "%", "__proto__", "' OR 1=1 --"]) {
        equal(await users.findById(key), null);
        equal(await users.findByEmail(key), null);
        equal(await users.findCredential(key), null);
        equal(await users.replacePassword(key, null, "$new"), false);
      }
    });

    check("gives one address to one user, and leaves that user alone", async (users) => {
      const user = await users.create(ada);
      equal(await users.create({ ...bob, email: ada.email }), null);
      equal(await users.findById(bob.id), null);
      equal(await users.findCredential(bob.id), null);
      deepEqual(await users.findByEmail(ada.email), { user, passwordHash: ada.passwordHash });
    });

    check("gives one id to one user", async (users) => {
      const user = await users.create(ada);
      equal(await users.create({ ...bob, id: ada.id }), null);
      equal(await users.findByEmail(bob.email), null);
      deepEqual(await users.findCredential(ada.id), { user, passwordHash: ada.passwordHash });
    });

    check("gives one address to one of many who want it at once", async (users) => {
      const wanted = Array.from({ length: 30 }, async (_, at) =>
        users.create({ ...ada, id: `user-${at}`, passwordHash: `$hash-${at}` }),
      );
      const created = (await Promise.all(wanted)).filter((user) => user !== null);
      equal(created.length, 1);
      const credential = await users.findByEmail(ada.email);
      equal(credential?.user.id, created[0]?.id);
      equal(credential?.passwordHash, created[0]?.id.replace("user-", "$hash-"));
    });

    check("keeps users without an address or a password, as many as there are", async (users) => {
      const account = { ...ada, email: null, passwordHash: null };
      const user = await users.create(account);
      equal(user?.id, ada.id);
      deepEqual(await users.findCredential(ada.id), { user, passwordHash: null });
      equal((await users.create({ ...account, id: "user-2" }))?.id, "user-2");
      // Its creator has not heard of the first time.
      deepEqual(await users.create(account), user);
      equal(await users.findByEmail(""), null);
      equal(await users.replacePassword(ada.id, "$wrong", "$new"), false);
      equal(await users.replacePassword(ada.id, null, "$new"), true);
      deepEqual((await users.findCredential(ada.id))?.passwordHash, "$new");
    });

    check("replaces a hash only where it is the expected one", async (users) => {
      await users.create(ada);
      await users.create(bob);
      equal(await users.replacePassword(ada.id, "$wrong", "$new"), false);
      equal(await users.replacePassword(ada.id, null, "$new"), false);
      equal(await users.replacePassword(ada.id, bob.passwordHash, "$new"), false);
      equal(await users.replacePassword(ada.id, ada.passwordHash, "$new"), true);
      equal((await users.findCredential(ada.id))?.passwordHash, "$new");
      equal((await users.findCredential(bob.id))?.passwordHash, bob.passwordHash);
    });

    check("lets one of many changes of a password at once win", async (users) => {
      await users.create(ada);
      const changes = Array.from({ length: 30 }, async (_, at) =>
        users.replacePassword(ada.id, ada.passwordHash, `$new-${at}`),
      );
      const winners = (await Promise.all(changes)).flatMap((changed, at) => (changed ? [`$new-${at}`] : []));
      deepEqual(winners, [(await users.findCredential(ada.id))?.passwordHash]);
    });

    check("never shows a hash with the user", async (users) => {
      const created = await users.create(ada);
      const shown = JSON.stringify([
        created,
        await users.findById(ada.id),
        (await users.findByEmail(ada.email))?.user,
      ]);
      equal(shown.includes("argon2id"), false);
    });

    for (const field of ["id", "email", "name"] as const) {
      check(`keeps a NUL in ${field} whole or refuses it, and never cuts the text there`, async (users) => {
        const account = { ...ada, [field]: textWithNul };
        const refused = await refusal(() => users.create(account));
        if (refused === null)
          equal(JSON.stringify(await users.findById(account.id)).includes(JSON.stringify(textWithNul)), true);
        else deepEqual([refused.code, await users.findById(account.id)], ["invalid_input", null]);
      });
    }

    for (const [what, text] of Object.entries(hostileStrings)) {
      check(`keeps ${what} as it is in every text`, async (users) => {
        const account = {
          id: text,
          email: text,
          emailVerified: true,
          name: text,
          passwordHash: text,
          createdAt,
        };
        const user = await users.create(account);
        equal(user?.id, text);
        deepEqual(await users.findByEmail(text), { user, passwordHash: text });
        deepEqual(await users.findById(text), user);
        equal(JSON.stringify(user).includes(JSON.stringify(text)), true);
      });
    }
  });
}

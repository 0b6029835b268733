import { andThen, type MaybePromise } from "../../domain/maybe-promise.ts";
import type { NewAccount, StoredCredential, StoredUser } from "../../ports/user-directory.ts";
import type { AccountDirectory } from "../account-directory.ts";
import type { SqlCommand, SqlDriver, SqlQuery, SqlRow } from "./driver.ts";
import type { UserStatements } from "./statements.ts";
import { readUser, userWidth } from "./user-row.ts";
import { wholeTexts } from "./whole-text.ts";

/** Users in any SQL database. Their password hashes are in a table of their own, which no session check reads. */
export class SqlUsers implements AccountDirectory {
  readonly #findById: SqlQuery;
  readonly #findByEmail: SqlQuery;
  readonly #findCredential: SqlQuery;
  readonly #create: SqlCommand;
  readonly #replacePassword: SqlCommand;
  readonly #setStatus: SqlCommand;
  readonly #setRole: SqlCommand;
  readonly #setName: SqlCommand;
  readonly #setEmailVerified: SqlCommand;
  readonly #remove: SqlCommand;

  constructor(driver: SqlDriver, statements: UserStatements) {
    this.#findById = driver.query(statements.findById);
    this.#findByEmail = driver.query(statements.findByEmail);
    this.#findCredential = driver.query(statements.findCredential);
    this.#create = driver.command(statements.create);
    this.#replacePassword = driver.command(statements.replacePassword);
    this.#setStatus = driver.command(statements.setStatus);
    this.#setRole = driver.command(statements.setRole);
    this.#setName = driver.command(statements.setName);
    this.#setEmailVerified = driver.command(statements.setEmailVerified);
    this.#remove = driver.command(statements.remove);
  }

  findById(userId: string): MaybePromise<StoredUser | null> {
    return andThen(this.#findById.first(userId), (row) => (row === undefined ? null : readUser(row, 0)));
  }

  findByEmail(email: string): MaybePromise<StoredCredential<StoredUser> | null> {
    return andThen(this.#findByEmail.first(email), readCredential);
  }

  findCredential(userId: string): MaybePromise<StoredCredential<StoredUser> | null> {
    return andThen(this.#findCredential.first(userId), readCredential);
  }

  create(account: NewAccount): MaybePromise<StoredUser | null> {
    const { id, email, emailVerified, name, createdAt, passwordHash } = account;
    const values = wholeTexts([id, email, emailVerified ? 1 : 0, name, createdAt, passwordHash]);
    return andThen(this.#create.run(...values), () =>
      // The id was made for this account: if it is there with this address, the step was ours.
      andThen(this.findById(id), (user) => (user?.email === email ? user : null)),
    );
  }

  replacePassword(userId: string, expectedHash: string | null, passwordHash: string): MaybePromise<boolean> {
    return andThen(this.#replacePassword.run(passwordHash, userId, expectedHash), changedOne);
  }

  setStatus(userId: string, status: StoredUser["status"]): MaybePromise<boolean> {
    return andThen(this.#setStatus.run(status, userId), changedOne);
  }

  setRole(userId: string, role: string): MaybePromise<boolean> {
    return andThen(this.#setRole.run(...wholeTexts([role, userId])), changedOne);
  }

  setName(userId: string, name: string | null): MaybePromise<boolean> {
    return andThen(this.#setName.run(...wholeTexts([name, userId])), changedOne);
  }

  setEmailVerified(userId: string, email: string): MaybePromise<boolean> {
    return andThen(this.#setEmailVerified.run(userId, email), changedOne);
  }

  remove(userId: string): MaybePromise<boolean> {
    return andThen(this.#remove.run(userId), changedOne);
  }
}

function readCredential(row: SqlRow | undefined): StoredCredential<StoredUser> | null {
  const user = row === undefined ? null : readUser(row, 0);
  return row === undefined || user === null ? null : { user, passwordHash: row[userWidth] as string | null };
}

function changedOne(changed: number): boolean {
  return changed > 0;
}

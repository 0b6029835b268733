import { toIso } from "../../domain/iso-time.ts";
import type { NewAccount, StoredCredential, StoredUser } from "../../ports/user-directory.ts";
import type { AccountDirectory } from "../account-directory.ts";

/** Users in Maps. Password hashes are kept apart from them, so that no session check hands one out. */
export class MemoryUsers implements AccountDirectory {
  readonly #byId = new Map<string, StoredUser>();
  readonly #idByEmail = new Map<string, string>();
  readonly #hashById = new Map<string, string>();

  findById(userId: string): StoredUser | null {
    return this.#byId.get(userId) ?? null;
  }

  findByEmail(email: string): StoredCredential<StoredUser> | null {
    const id = this.#idByEmail.get(email);
    return id === undefined ? null : this.findCredential(id);
  }

  findCredential(userId: string): StoredCredential<StoredUser> | null {
    const user = this.findById(userId);
    return user === null ? null : { user, passwordHash: this.#hashById.get(userId) ?? null };
  }

  create({ id, email, emailVerified, name, passwordHash, createdAt }: NewAccount): StoredUser | null {
    const known = this.findById(id);
    // The same account again: its creator has not heard of the first time.
    if (known !== null) return known.email === email ? known : null;
    if (email !== null && this.#idByEmail.has(email)) return null;
    const user: StoredUser = {
      id,
      email,
      emailVerified,
      name,
      role: "user",
      status: "active",
      createdAt: toIso(createdAt),
    };
    this.#byId.set(id, user);
    if (email !== null) this.#idByEmail.set(email, id);
    if (passwordHash !== null) this.#hashById.set(id, passwordHash);
    return user;
  }

  replacePassword(userId: string, expectedHash: string | null, passwordHash: string): boolean {
    if (!this.#byId.has(userId) || (this.#hashById.get(userId) ?? null) !== expectedHash) return false;
    this.#hashById.set(userId, passwordHash);
    return true;
  }

  setStatus(userId: string, status: StoredUser["status"]): boolean {
    return this.#change(userId, { status });
  }

  setRole(userId: string, role: string): boolean {
    return this.#change(userId, { role });
  }

  setName(userId: string, name: string | null): boolean {
    return this.#change(userId, { name });
  }

  setEmailVerified(userId: string, email: string): boolean {
    return this.findById(userId)?.email === email && this.#change(userId, { emailVerified: true });
  }

  remove(userId: string): boolean {
    const user = this.#byId.get(userId);
    if (user === undefined) return false;
    this.#byId.delete(userId);
    this.#hashById.delete(userId);
    if (user.email !== null) this.#idByEmail.delete(user.email);
    return true;
  }

  #change(
    userId: string,
    changes: Partial<Pick<StoredUser, "status" | "role" | "name" | "emailVerified">>,
  ): boolean {
    const user = this.#byId.get(userId);
    if (user === undefined) return false;
    this.#byId.set(userId, { ...user, ...changes });
    return true;
  }
}

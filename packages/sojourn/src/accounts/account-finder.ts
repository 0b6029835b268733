import { SojournError } from "../domain/errors.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { ProviderLogin, RedirectMethod } from "../login/redirect-method.ts";
import type { Clock } from "../ports/clock.ts";
import type { Random } from "../ports/random.ts";
import type { CredentialDirectory } from "../ports/user-directory.ts";
import { type Identities, type Identity, identityId } from "./identities.ts";

/** Whose account a sign-in at a provider opens. */
export interface FoundAccount {
  readonly userId: string;
  /** Absent where the app keeps its users itself. */
  readonly user?: BaseUser;
  /** Whether the account was made just now, and whether it was given this way to sign in just now. */
  readonly isNew: boolean;
  readonly isLinked: boolean;
}

/** What it is made of; the first two are null where the app keeps its users itself. */
export interface AccountFinderParts {
  readonly identities: Identities | null;
  readonly users: CredentialDirectory | null;
  readonly clock: Clock;
  readonly random: Random;
}

/** Each round but the last was won by somebody else; nobody loses that often. */
const rounds = 4;

/**
 * Decides whose a provider's account is. It goes by the provider's own id of the person. An address links
 * two accounts only if the app allows it for this provider and both sides have verified it: else whoever
 * writes a stranger's address into a form, here or there, would get into the stranger's account.
 */
export class AccountFinder {
  readonly #parts: AccountFinderParts;

  constructor(parts: AccountFinderParts) {
    this.#parts = parts;
  }

  /** @throws {SojournError} `account_not_linked`, `sign_in_denied`. */
  async signIn(method: RedirectMethod, login: ProviderLogin): Promise<FoundAccount> {
    if (method.accounts.find !== null)
      return { userId: await ask(method, login, null), isNew: false, isLinked: false };
    const identities = this.#identities();
    const id = identityId(login);
    let isLinked = false;
    for (let round = 1; round <= rounds; round += 1) {
      const known = await identities.find(id);
      if (known === null) {
        const { userId, isPending } = await this.#ownerFor(method, login);
        isLinked = await identities.add(login, userId, isPending);
        continue;
      }
      const found = known.isPending ? await this.#make(known, login) : await this.#existing(known);
      if (found !== null) return { ...found, isLinked };
      // Its user was removed, and whoever comes now is somebody new.
      await identities.free(known);
    }
    throw new SojournError("store_unavailable", { retryAfter: 1 });
  }

  /**
   * Gives a signed-in user one more way to sign in.
   *
   * @returns whether they did not have it yet.
   * @throws {SojournError} `identity_taken`, `sign_in_denied`.
   */
  async link(method: RedirectMethod, login: ProviderLogin, userId: string): Promise<boolean> {
    if (method.accounts.find !== null) {
      if ((await ask(method, login, userId)) !== userId) throw new SojournError("identity_taken");
      return true;
    }
    const identities = this.#identities();
    const id = identityId(login);
    for (let round = 1; round <= rounds; round += 1) {
      if (await identities.add(login, userId, false)) return true;
      const known = await identities.find(id);
      if (known?.userId === userId) return false;
      if (known === null) continue;
      if (known.isPending || (await this.#existing(known)) !== null) throw new SojournError("identity_taken");
      await identities.free(known);
    }
    throw new SojournError("store_unavailable", { retryAfter: 1 });
  }

  /** Whether this account is one of the user's. */
  async isOf(method: RedirectMethod, login: ProviderLogin, userId: string): Promise<boolean> {
    if (method.accounts.find !== null) return (await ask(method, login, null)) === userId;
    const known = await this.#identities().find(identityId(login));
    return known !== null && known.userId === userId;
  }

  /** Whose an account becomes that nobody has yet: the one with its address, or somebody new. */
  async #ownerFor(
    { accounts }: RedirectMethod,
    { email, emailVerified }: ProviderLogin,
  ): Promise<{ readonly userId: string; readonly isPending: boolean }> {
    const local = email === null ? null : await this.#users().findByEmail(email);
    if (local === null) return { userId: newUserId(this.#parts.random), isPending: true };
    if (accounts.linkByEmail && emailVerified && isVerified(local.user))
      return { userId: local.user.id, isPending: false };
    throw notLinked();
  }

  async #existing({ userId }: Identity): Promise<Omit<FoundAccount, "isLinked"> | null> {
    const user = await this.#users().findById(userId);
    return user === null ? null : { userId, user, isNew: false };
  }

  /** Makes the user that was reserved. Several may do so at once: the id is one, so the user is. */
  async #make(identity: Identity, login: ProviderLogin): Promise<Omit<FoundAccount, "isLinked">> {
    const users = this.#users();
    const { userId } = identity;
    const made = await users.create({
      id: userId,
      // An address that nobody has verified is not this user's: it would keep its owner from signing up.
      email: login.emailVerified ? login.email : null,
      emailVerified: login.emailVerified,
      name: login.name,
      passwordHash: null,
      createdAt: this.#parts.clock.now(),
    });
    const user = made ?? (await users.findById(userId));
    if (user === null) {
      await this.#identities().free(identity);
      throw notLinked();
    }
    return { userId, user, isNew: await this.#identities().settle(identity) };
  }

  #identities(): Identities {
    return needed(this.#parts.identities);
  }

  #users(): CredentialDirectory {
    return needed(this.#parts.users);
  }
}

async function ask(method: RedirectMethod, login: ProviderLogin, linkTo: string | null): Promise<string> {
  const { provider, issuer, subject, email, emailVerified, name, profile } = login;
  const question = { provider, issuer, subject, email, emailVerified, name, profile, linkTo };
  const userId = (await method.accounts.find?.(question)) ?? null;
  if (userId === null) throw new SojournError("sign_in_denied");
  return userId;
}

function isVerified(user: BaseUser): boolean {
  return "emailVerified" in user && user.emailVerified === true;
}

function newUserId(random: Random): string {
  return Buffer.from(random.bytes(16)).toString("base64url");
}

function notLinked(): SojournError {
  return new SojournError("account_not_linked", {
    detail: "There is an account with this address already. Sign in to it, then link this way to sign in.",
  });
}

function needed<Part>(part: Part | null): Part {
  if (part === null)
    throw new SojournError("internal", { detail: "There is no place for accounts of providers." });
  return part;
}

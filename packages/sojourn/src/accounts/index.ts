import type { KeyRing } from "../crypto/key-ring.ts";
import { createSealer } from "../crypto/seal.ts";
import type { RedirectMethod } from "../login/redirect-method.ts";
import type { Clock } from "../ports/clock.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { Random } from "../ports/random.ts";
import type { CredentialDirectory } from "../ports/user-directory.ts";
import { AccountFinder } from "./account-finder.ts";
import { Identities, type Identity } from "./identities.ts";
import { ProviderEndings } from "./provider-endings.ts";
import { ProviderSessions } from "./provider-sessions.ts";
import { type AccessToken, ProviderTokensKept } from "./provider-tokens.ts";
import { unlink } from "./unlink.ts";

/** What is kept of people who sign in at providers. Null is what needs a store that keeps small records. */
export interface Accounts {
  readonly finder: AccountFinder;
  readonly identities: Identities | null;
  readonly sessions: ProviderSessions | null;
  readonly tokens: ProviderTokensKept | null;
  /** @returns a token that calls the provider's services; null if there is none, or no such user any more. */
  token(method: RedirectMethod, userId: string): Promise<AccessToken | null>;
  /** Forgets all that is kept of a user, who has been removed. */
  forget(userId: string): Promise<void>;
  readonly endings: ProviderEndings | null;
  /** @returns what was taken away; null if the user has no such account. @throws {SojournError} `last_sign_in_method`. */
  unlink(userId: string, id: string): Promise<Identity | null>;
}

/** What they are made of. */
export interface AccountsParts {
  readonly entries: EntryStore | null;
  /** Where accounts are made; null where the app does that. */
  readonly users: CredentialDirectory | null;
  /** Where passwords are, if one can sign in with them. */
  readonly passwords: CredentialDirectory | null;
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
}

/** Puts them together. */
export function createAccounts({ entries, users, passwords, ring, clock, random }: AccountsParts): Accounts {
  const sealer = createSealer(ring, "provider-secret");
  const identities = entries === null ? null : new Identities(entries, clock);
  const finder = new AccountFinder({ identities, users, clock, random });
  if (entries === null || identities === null) return withoutEntries(finder);
  const endings = new ProviderEndings(entries, clock);
  const tokens = new ProviderTokensKept({ entries, sealer, clock });
  const forget = async (userId: string): Promise<void> => {
    await identities.removeAll(userId);
    await tokens.removeAll(userId);
  };
  return {
    finder,
    identities,
    endings,
    tokens,
    sessions: new ProviderSessions(entries, sealer, clock, endings),
    forget,
    async token(method, userId) {
      const isGone = method.accounts.find === null && (await users?.findById(userId)) === null;
      if (!isGone) return tokens.token(method, userId);
      await forget(userId);
      return null;
    },
    async unlink(userId, id) {
      const unlinked = await unlink(identities, passwords, userId, id);
      if (unlinked !== null) await tokens.remove(id);
      return unlinked;
    },
  };
}

function withoutEntries(finder: AccountFinder): Accounts {
  return {
    finder,
    identities: null,
    endings: null,
    sessions: null,
    tokens: null,
    forget: async () => undefined,
    token: async () => null,
    unlink: async () => null,
  };
}

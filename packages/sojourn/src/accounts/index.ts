import type { KeyRing } from "../crypto/key-ring.ts";
import { createSealer } from "../crypto/seal.ts";
import type { Clock } from "../ports/clock.ts";
import type { EntryStore } from "../ports/entry-store.ts";
import type { Random } from "../ports/random.ts";
import type { CredentialDirectory } from "../ports/user-directory.ts";
import { AccountFinder } from "./account-finder.ts";
import { Identities, type Identity } from "./identities.ts";
import { ProviderEndings } from "./provider-endings.ts";
import { ProviderSessions } from "./provider-sessions.ts";
import { unlink } from "./unlink.ts";

/** What is kept of people who sign in at providers. Null is what needs a store that keeps small records. */
export interface Accounts {
  readonly finder: AccountFinder;
  readonly identities: Identities | null;
  readonly sessions: ProviderSessions | null;
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
  const endings = entries === null ? null : new ProviderEndings(entries, clock);
  return {
    identities,
    finder: new AccountFinder({ identities, users, clock, random }),
    endings,
    sessions:
      entries === null || endings === null ? null : new ProviderSessions(entries, sealer, clock, endings),
    unlink: async (userId, id) => (identities === null ? null : unlink(identities, passwords, userId, id)),
  };
}

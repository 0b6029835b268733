import { digest } from "../crypto/digest.ts";
import { toIso } from "../domain/iso-time.ts";
import type { JsonValue } from "../domain/session.ts";
import type { ProviderLogin } from "../login/redirect-method.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entry, EntryStore } from "../ports/entry-store.ts";

/** An account at a provider, and whose it is here. */
export interface Identity {
  /** Public; from provider, issuer and subject, so that one account is there once. */
  readonly id: string;
  readonly userId: string;
  readonly provider: string;
  /** As the provider told it when the account was linked. */
  readonly email: string | null;
  readonly name: string | null;
  /** Ms since the epoch. */
  readonly linkedAt: number;
  /** Its user is in the making: reserved by whoever came first, so that of two at once only one makes it. */
  readonly isPending: boolean;
  readonly version: number;
}

/** The same as its user and the app see it. */
export interface IdentityView extends Pick<Identity, "id" | "provider" | "email" | "name"> {
  /** ISO 8601. */
  readonly linkedAt: string;
}

const space = "identity";
/** More accounts at providers nobody links to one user. */
const most = 100;

/** The public id of an account at a provider. Neither part can be made to look like another. */
export function identityId({
  provider,
  issuer,
  subject,
}: Pick<ProviderLogin, "provider" | "issuer" | "subject">): string {
  return digest("sha256", JSON.stringify([provider, issuer, subject]), "base64url");
}

/** Which accounts at providers belong to whom. */
export class Identities {
  readonly #entries: EntryStore;
  readonly #clock: Clock;

  constructor(entries: EntryStore, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  async find(id: string): Promise<Identity | null> {
    const entry = await this.#entries.get(space, id, this.#clock.now());
    return entry === null ? null : identityOf(entry);
  }

  /** Gives an account to a user, unless it is somebody's already. @returns whether it did: of any number at once one does. */
  async add(login: ProviderLogin, userId: string, isPending: boolean): Promise<boolean> {
    const { provider, issuer, subject, email, name } = login;
    const now = this.#clock.now();
    const value = { provider, issuer, subject, email, name, linkedAt: now, isPending };
    const entry = { space, key: identityId(login), owner: userId, value, expiresAt: null };
    return this.#entries.add(entry, now);
  }

  /** Its user has been made. @returns whether nobody had noted that yet. */
  async settle({ id, version }: Identity): Promise<boolean> {
    const now = this.#clock.now();
    const entry = await this.#entries.get(space, id, now);
    if (entry === null) return false;
    const value = { ...(entry.value as Readonly<Record<string, JsonValue>>), isPending: false };
    return this.#entries.replace(space, id, version, { value, expiresAt: null }, now);
  }

  /** Those of a user. */
  async list(userId: string): Promise<readonly Identity[]> {
    const page = { limit: most, after: null };
    return (await this.#entries.list(space, userId, this.#clock.now(), page)).map(identityOf);
  }

  /** The same, to be shown. */
  async views(userId: string): Promise<readonly IdentityView[]> {
    return (await this.list(userId)).map(({ id, provider, email, name, linkedAt }) => {
      return { id, provider, email, name, linkedAt: toIso(linkedAt) };
    });
  }

  /** @returns what it took away, as {@link restore} takes it; null if it was gone. */
  async remove(id: string): Promise<Entry | null> {
    return this.#entries.take(space, id, this.#clock.now());
  }

  async restore(entry: Entry): Promise<void> {
    await this.#entries.add(entry, this.#clock.now());
  }

  /** Frees an account whose user is not there, unless somebody has it anew by now. */
  async free({ id, userId }: Identity): Promise<void> {
    const entry = await this.remove(id);
    if (entry !== null && entry.owner !== userId) await this.restore(entry);
  }

  async removeAll(userId: string): Promise<void> {
    await this.#entries.removeOwned(space, userId);
  }
}

function identityOf({ key, owner, value, version }: Entry): Identity {
  const { provider, email, name, linkedAt, isPending } = value as unknown as Omit<Identity, "id" | "userId">;
  return { id: key, userId: owner ?? "", provider, email, name, linkedAt, isPending, version };
}

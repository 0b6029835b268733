import { digest } from "../crypto/digest.ts";
import type { Sealer } from "../crypto/seal.ts";
import type { Session } from "../domain/session.ts";
import type { ProviderLogin } from "../login/redirect-method.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entry, EntryStore } from "../ports/entry-store.ts";

/** What is kept of the sign-in at a provider that a session came from: enough to end the one with the other. */
export interface ProviderSession {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  /** The provider's own session, if it names them. */
  readonly providerSid: string | null;
  /** Shows the provider who signs out (RP-Initiated Logout 1.0 §2); null if it sent none, or one too large to keep. */
  readonly idToken: string | null;
}

/** Entries of this space have a sid as their key, and belong to the provider's session, if it named one. */
const space = "provider-session";
/** More sessions of ours nobody begins in one of a provider's. */
const most = 1000;

const longestOwner = 255;
const longestIdToken = 8192;

/** Under which owner the sessions are found that came from one session of a provider. */
function providerSessionOwner(provider: string, providerSid: string): string {
  const owner = `${provider}:${providerSid}`;
  return owner.length <= longestOwner ? owner : `${provider}:${digest("sha256", providerSid, "base64url")}`;
}

/** Which of our sessions came from which sign-in at a provider. */
export class ProviderSessions {
  readonly #entries: EntryStore;
  readonly #sealer: Sealer;
  readonly #clock: Clock;

  constructor(entries: EntryStore, sealer: Sealer, clock: Clock) {
    this.#entries = entries;
    this.#sealer = sealer;
    this.#clock = clock;
  }

  /** Notes where a session came from, for as long as it can live. */
  async record(
    { sid, absoluteExpiresAt }: Pick<Session, "sid" | "absoluteExpiresAt">,
    from: Pick<ProviderLogin, keyof ProviderSession>,
  ): Promise<void> {
    const now = this.#clock.now();
    const { provider, issuer, subject, providerSid } = from;
    const idToken = from.idToken === null ? null : this.#sealed(sid, from.idToken);
    await this.#entries.take(space, sid, now);
    await this.#entries.add(
      {
        space: space,
        key: sid,
        owner: providerSid === null ? null : providerSessionOwner(provider, providerSid),
        value: { provider, issuer, subject, providerSid, idToken },
        expiresAt: Date.parse(absoluteExpiresAt),
      },
      now,
    );
  }

  /** Where a session came from; null if that was no provider. */
  async find(sid: string): Promise<ProviderSession | null> {
    const entry = await this.#entries.get(space, sid, this.#clock.now());
    return entry === null ? null : this.#opened(entry);
  }

  /** The sids of our sessions, alive or not, that came from one session of a provider. */
  async sidsOf(provider: string, providerSid: string): Promise<readonly string[]> {
    const owner = providerSessionOwner(provider, providerSid);
    const page = { limit: most, after: null };
    const entries = await this.#entries.list(space, owner, this.#clock.now(), page);
    return entries.map(({ key }) => key);
  }

  /** A session takes the place of another: it came from where that came from. */
  async follow(fromSid: string, to: Pick<Session, "sid" | "absoluteExpiresAt">): Promise<void> {
    const before = await this.find(fromSid);
    if (before !== null) await this.record(to, before);
  }

  #opened({ key, value }: Entry): ProviderSession {
    const kept = value as unknown as ProviderSession;
    return { ...kept, idToken: kept.idToken === null ? null : this.#sealer.open(nameOf(key), kept.idToken) };
  }

  #sealed(sid: string, idToken: string): string | null {
    // An entry takes 16 KiB, sealing adds a third, and the provider's ids want their room.
    return idToken.length > longestIdToken ? null : this.#sealer.seal(nameOf(sid), idToken);
  }
}

function nameOf(sid: string): string {
  return `${space}:${sid}`;
}

import { digest } from "../crypto/digest.ts";
import { parseJson } from "../crypto/format.ts";
import type { Sealer } from "../crypto/seal.ts";
import { SojournError } from "../domain/errors.ts";
import type { EndReason, Session } from "../domain/session.ts";
import type { LogoutNotice } from "../login/redirect-method.ts";
import type { Clock } from "../ports/clock.ts";
import type { Entry, EntryStore } from "../ports/entry-store.ts";
import type { ProviderEndings } from "./provider-endings.ts";

/** What is kept of the sign-in at a provider that a session came from: enough to end the one with the other. */
export interface ProviderSession {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  /** The provider's own session, if it names them. */
  readonly providerSid: string | null;
  /** Shows the provider who signs out (RP-Initiated Logout 1.0 §2); null if it sent none, or one too large to keep. */
  readonly idToken: string | null;
  /** When the provider said who is there, in ms by its clock. */
  readonly answeredAt: number;
  /** The provider has ended its own; nothing takes the place of ours any more. */
  readonly isOver: boolean;
}

/** Entries of these spaces have a sid as their key. One belongs to the provider's session, the other to its subject. */
const space = "provider-session";
const subjectSpace = "provider-subject";
/** How many are read at once. */
const pageLength = 200;

const longestOwner = 255;
const longestIdToken = 8192;

/** Which of our sessions came from which sign-in at a provider. */
export class ProviderSessions {
  readonly #entries: EntryStore;
  readonly #sealer: Sealer;
  readonly #clock: Clock;
  readonly #endings: ProviderEndings;

  constructor(entries: EntryStore, sealer: Sealer, clock: Clock, endings: ProviderEndings) {
    this.#entries = entries;
    this.#sealer = sealer;
    this.#clock = clock;
    this.#endings = endings;
  }

  /**
   * Notes where a session came from, for as long as it can live.
   *
   * @throws {SojournError} `session_ended` if the provider has ended its own meanwhile.
   */
  async record(
    session: Pick<Session, "sid" | "absoluteExpiresAt">,
    from: Omit<ProviderSession, "answeredAt" | "isOver">,
  ): Promise<void> {
    const answeredAt = timeOf(from.idToken) ?? this.#clock.now();
    await this.#keep(session, { ...from, answeredAt, isOver: false });
  }

  /** Where a session came from; null if that was no provider. */
  async find(sid: string): Promise<ProviderSession | null> {
    const entry = await this.#entries.get(space, sid, this.#clock.now());
    return entry === null ? null : this.#opened(entry);
  }

  /** The sids of our sessions, alive or not, that are over by a provider's word. */
  async sidsOf(provider: string, { issuer, subject, providerSid }: LogoutNotice): Promise<readonly string[]> {
    if (providerSid === null)
      return (await this.#owned(subjectSpace, subjectOwner(provider, issuer, subject ?? ""))).map(
        ({ key }) => key,
      );
    const entries = await this.#owned(space, sessionOwner(provider, providerSid));
    const named = entries.filter(({ value }) => {
      const from = value as unknown as ProviderSession;
      return from.issuer === issuer && (subject === null || from.subject === subject);
    });
    return named.map(({ key }) => key);
  }

  /** The provider has ended the session that this one came from: also if ours has idled, it is not resumed. */
  async close(sid: string): Promise<void> {
    const now = this.#clock.now();
    const entry = await this.#entries.get(space, sid, now);
    if (entry === null) return;
    const value = { ...(entry.value as unknown as ProviderSession), isOver: true };
    await this.#entries.replace(space, sid, entry.version, { value, expiresAt: entry.expiresAt }, now);
  }

  /**
   * A session takes the place of another: it came from where that came from.
   *
   * @throws {SojournError} `session_ended` as {@link record}.
   */
  async follow(fromSid: string, to: Pick<Session, "sid" | "absoluteExpiresAt">): Promise<void> {
    const before = await this.find(fromSid);
    if (before === null) return;
    if (before.isOver) throw overByProvider();
    await this.#keep(to, before);
  }

  async #keep(
    { sid, absoluteExpiresAt }: Pick<Session, "sid" | "absoluteExpiresAt">,
    from: ProviderSession,
  ): Promise<void> {
    const now = this.#clock.now();
    const { provider, issuer, subject, providerSid, answeredAt } = from;
    const idToken = from.idToken === null ? null : this.#sealed(sid, from.idToken);
    const common = { key: sid, expiresAt: Date.parse(absoluteExpiresAt) };
    const owner = providerSid === null ? null : sessionOwner(provider, providerSid);
    const value = { provider, issuer, subject, providerSid, idToken, answeredAt, isOver: false };
    await this.#entries.take(space, sid, now);
    await this.#entries.add({ ...common, space, owner, value }, now);
    const bySubject = { space: subjectSpace, owner: subjectOwner(provider, issuer, subject), value: null };
    await this.#entries.add({ ...common, ...bySubject }, now);
    // Whoever ends it remembers that first and looks for sessions then; here it is the other way round, so that of
    // two at once one sees the other.
    if (await this.#endings.isOver(from, answeredAt)) throw overByProvider();
  }

  async #owned(from: string, owner: string): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    for (let after: string | null = null; ;) {
      const page = await this.#entries.list(from, owner, this.#clock.now(), { limit: pageLength, after });
      found.push(...page);
      if (page.length < pageLength) return found;
      after = page.at(-1)?.key ?? null;
    }
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

/** Under which owner the sessions are found that came from one session of a provider. */
function sessionOwner(provider: string, providerSid: string): string {
  const owner = `${provider}:${providerSid}`;
  return owner.length <= longestOwner ? owner : `${provider}:${digest("sha256", providerSid, "base64url")}`;
}

function subjectOwner(provider: string, issuer: string, subject: string): string {
  return `${provider}:${digest("sha256", JSON.stringify([issuer, subject]), "base64url")}`;
}

function overByProvider(): SojournError {
  return new SojournError("session_ended", { extra: { reason: "signed_out" satisfies EndReason } });
}

/** When an ID token was made, in ms; it has been judged before. Null if there is none. */
function timeOf(idToken: string | null): number | null {
  const claims =
    idToken === null ? null : parseJson(Buffer.from(idToken.split(".")[1] ?? "", "base64url").toString());
  const { iat } = (claims ?? {}) as { readonly iat?: unknown };
  return typeof iat === "number" ? iat * 1000 : null;
}

function nameOf(sid: string): string {
  return `${space}:${sid}`;
}

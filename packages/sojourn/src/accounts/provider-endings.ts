import { digest } from "../crypto/digest.ts";
import type { LogoutNotice } from "../login/redirect-method.ts";
import type { Clock } from "../ports/clock.ts";
import type { EntryStore } from "../ports/entry-store.ts";

/** A provider's session, or everything of one of its people. */
export interface Ending {
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string | null;
  readonly providerSid: string | null;
}

const usedSpace = "used-once";
const endedSpace = "provider-ended";
/** A sign-in that was answered before the end has become a session by then, in ms. */
const memory = 300_000;

/** What providers have said is over: each word once, and remembered while a sign-in may still be on its way. */
export class ProviderEndings {
  readonly #entries: EntryStore;
  readonly #clock: Clock;

  constructor(entries: EntryStore, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
  }

  /**
   * Begins to act on a notice, which {@link done} finishes.
   *
   * @returns false if it was acted on before. One that broke off in the middle is begun again.
   */
  async begin(provider: string, notice: LogoutNotice): Promise<boolean> {
    const now = this.#clock.now();
    const key = usedKey(provider, notice);
    const entry = {
      space: usedSpace,
      key,
      owner: null,
      value: { isDone: false },
      expiresAt: notice.goodUntil,
    };
    if (!(await this.#entries.add(entry, now)) && (await this.#isDone(key, now))) return false;
    await this.#remember(keyOf({ ...notice, provider }), notice.issuedAt, now);
    return true;
  }

  /** What the notice tells of is over. */
  async done(provider: string, notice: LogoutNotice): Promise<void> {
    const change = { value: { isDone: true }, expiresAt: notice.goodUntil };
    await this.#entries.replace(usedSpace, usedKey(provider, notice), 0, change, this.#clock.now());
  }

  /** Whether a sign-in that the provider answered at `answeredAt` (ms, by its clock) is over by a word that came since. */
  async isOver(from: Ending, answeredAt: number): Promise<boolean> {
    const now = this.#clock.now();
    // A notice names the session, or everything of the subject.
    const keys = [keyOf({ ...from, subject: null }), keyOf({ ...from, providerSid: null })];
    for (const key of from.providerSid === null ? keys.slice(1) : keys) {
      const entry = await this.#entries.get(endedSpace, key, now);
      if (entry !== null && answeredAt <= Number(entry.value)) return true;
    }
    return false;
  }

  async #isDone(key: string, now: number): Promise<boolean> {
    const entry = await this.#entries.get(usedSpace, key, now);
    return (entry?.value as { readonly isDone: boolean } | undefined)?.isDone ?? false;
  }

  async #remember(key: string, at: number, now: number): Promise<void> {
    const change = { value: at, expiresAt: now + memory };
    if (await this.#entries.add({ space: endedSpace, key, owner: null, ...change }, now)) return;
    const known = await this.#entries.get(endedSpace, key, now);
    if (known === null || Number(known.value) >= at) return;
    await this.#entries.replace(endedSpace, key, known.version, change, now);
  }
}

function usedKey(provider: string, { issuer, id }: LogoutNotice): string {
  return digest("sha256", JSON.stringify(["logout", provider, issuer, id]), "base64url");
}

/** Of the session where one is named, and else of the subject. */
function keyOf({ provider, issuer, subject, providerSid }: Ending): string {
  const what = providerSid === null ? ["subject", subject] : ["session", providerSid];
  return digest("sha256", JSON.stringify([provider, issuer, ...what]), "base64url");
}

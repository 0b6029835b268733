import { cookieNames, readCookie } from "../cookies/cookie-header.ts";
import type { CookieSettings } from "../cookies/cookie-options.ts";
import { type CookieAttributes, expireCookie, serializeCookie } from "../cookies/set-cookie.ts";
import { digest } from "../crypto/digest.ts";
import type { Sealer } from "../crypto/seal.ts";
import type { RedirectChecks } from "../login/redirect-method.ts";
import type { Clock } from "../ports/clock.ts";
import type { EntryStore } from "../ports/entry-store.ts";

/** A sign-in at a provider that is under way: what its answer is held to. */
export interface LoginTransaction {
  readonly provider: string;
  readonly purpose: "sign-in" | "link" | "step-up";
  readonly checks: RedirectChecks;
  /** Where the provider was told to send the browser back. */
  readonly redirectUri: string;
  /** Where the browser goes when it is done. */
  readonly target: string;
  readonly remember: boolean;
  /** Whose session it is about, for linking and stepping up; null for a sign-in. */
  readonly session: { readonly sid: string; readonly userId: string } | null;
  /** When it began, in ms. */
  readonly at: number;
  /** The provider's answer, where it came in a form and waits to be judged. */
  readonly answer: string | null;
}

/** What they are made of. */
export interface TransactionParts {
  readonly cookies: CookieSettings;
  readonly sealer: Sealer;
  /** Where it is noted that one was used; null without a store. */
  readonly entries: EntryStore | null;
  readonly clock: Clock;
}

/** How long somebody may take at the provider, in ms. */
const life = 600_000;
/** How many may be under way in one browser. */
const most = 5;
/** Whoever can plant cookies must not fill our responses with cookies to remove. */
const mostRemoved = 10;
const usedSpace = "login-transaction";
const stateFormat = /^[A-Za-z0-9_-]{43}$/;
const idFormat = /^[A-Za-z0-9_-]{22}$/;

/**
 * Keeps sign-ins that are under way in the browser that began them, each in a sealed cookie of its own: so tabs
 * do not disturb each other, and an answer that belongs to another browser's sign-in finds nothing here (login CSRF).
 */
export class LoginTransactions {
  readonly #parts: TransactionParts;
  readonly #prefix: string;

  constructor(parts: TransactionParts) {
    this.#parts = parts;
    const { sessionName, attributes } = parts.cookies;
    const bare = sessionName.replace(/^__(?:Host-Http|Secure)-/, "");
    const prefix = attributes.secure && bare !== sessionName ? "__Host-Http-" : "";
    this.#prefix = `${prefix}${bare}-login-`;
  }

  /**
   * The Set-Cookie values that begin a sign-in, and drop the oldest if there are too many.
   *
   * @param crossSite the answer is posted by the provider's page, so the cookie has to go along with such a request.
   */
  keep(transaction: LoginTransaction, cookieHeader: string | null, crossSite: boolean): string[] {
    const name = this.#nameOf(transaction.checks.state);
    const value = this.#parts.sealer.seal(name, JSON.stringify(transaction));
    const dropped = this.#others(cookieHeader ?? "", name).map((other) => this.#removal(other));
    return [serializeCookie(name, value, this.#attributes(crossSite), life / 1000), ...dropped];
  }

  /** The sign-in that this browser began with `state`; null if there is none, or it took too long. */
  find(state: string, cookieHeader: string | null): LoginTransaction | null {
    if (!stateFormat.test(state)) return null;
    const name = this.#nameOf(state);
    const transaction = this.#read(cookieHeader ?? "", name);
    if (transaction === null || transaction.checks.state !== state) return null;
    return this.#parts.clock.now() < transaction.at + life ? transaction : null;
  }

  /**
   * Uses a sign-in up, before anything is done with it.
   *
   * @returns false if it was used before, by whoever has a copy of the cookie.
   */
  async claim({ checks, at }: LoginTransaction): Promise<boolean> {
    const { entries, clock } = this.#parts;
    if (entries === null) return true;
    const entry = { space: usedSpace, key: idOf(checks.state), owner: null, value: null };
    return entries.add({ ...entry, expiresAt: at + life }, clock.now());
  }

  /** The Set-Cookie value that removes a sign-in; none for what cannot be one. */
  remove(state: string): string[] {
    return stateFormat.test(state) ? [this.#removal(this.#nameOf(state))] : [];
  }

  /** The names of the other sign-ins that have to go for this one. */
  #others(header: string, name: string): string[] {
    const ours = cookieNames(header, this.#prefix).filter((one) =>
      idFormat.test(one.slice(this.#prefix.length)),
    );
    const names = [...new Set(ours)].filter((other) => other !== name);
    const ages = names.map((other) => ({ other, at: this.#read(header, other)?.at ?? 0 }));
    const gone = ages.toSorted((a, b) => b.at - a.at).slice(most - 1);
    return gone.slice(0, mostRemoved).map(({ other }) => other);
  }

  #read(header: string, name: string): LoginTransaction | null {
    const reading = readCookie(header, name);
    const opened = reading.found === "one" ? this.#parts.sealer.open(name, reading.value) : null;
    return opened === null ? null : (JSON.parse(opened) as LoginTransaction);
  }

  #removal(name: string): string {
    return expireCookie(name, this.#attributes(false));
  }

  #attributes(crossSite: boolean): CookieAttributes {
    const { secure } = this.#parts.cookies.attributes;
    const sameSite = crossSite ? "none" : "lax";
    return { path: "/", domain: null, secure, httpOnly: true, sameSite, partitioned: false };
  }

  #nameOf(state: string): string {
    return this.#prefix + idOf(state);
  }
}

/** Short enough for a name; of a hash, so that a name tells nothing of the state. */
function idOf(state: string): string {
  return digest("sha256", state, "base64url").slice(0, 22);
}

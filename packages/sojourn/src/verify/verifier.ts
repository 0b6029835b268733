import { readCarried } from "../cookies/carried.ts";
import type { CredentialHeaders } from "../cookies/carried.ts";
import type { WebUnseal } from "../crypto/web-seal.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { EndReason, Transport } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import { isRenewalDue } from "../strategies/renewal-due.ts";
import { TokenCache } from "../strategies/token-cache.ts";
import type { GenuineToken, RefusedToken, TokenReader } from "../strategies/token-reader.ts";
import type { ActiveSession } from "../strategies/verification.ts";
import type { KeySource } from "./key-source.ts";
import type { VerifierSettings } from "./options.ts";
import type { RemoteNews } from "./remote-news.ts";

/**
 * Why only the server can tell.
 *
 * `renewal`: the access token ran out, or there is none; the refresh token may speak for the session.
 * `opaque`: a session token, which only the store knows.
 * `news`: the news of ended sessions is too old, and the server was not to be reached in time.
 * `user`: something about the user changed since the token was made.
 * `key`: made with a key that is not known here, or no keys could be had.
 */
export type NeedsOrigin = "renewal" | "opaque" | "news" | "user" | "key";

/** Who a request is from, as far as can be told without the server. Exactly one of four. */
export type VerifiedState<User = BaseUser> =
  /** Signed in. Session and user say what the token says: `callbacks.session` adds nothing here. */
  | ActiveSession<User>
  /** Nobody is signed in, and the server would say so too. */
  | { readonly status: "anonymous" }
  /** The session is over, and the server would say so too. */
  | { readonly status: "ended"; readonly reason: EndReason }
  /** Nobody knows here. Let the request through to the server; never treat this as signed out, never redirect. */
  | { readonly status: "needs_origin"; readonly why: NeedsOrigin };

/** How to look. */
export interface VerifyOptions {
  /**
   * The platform's, such as `context.waitUntil`: news is then asked for before it is too old, behind an answer that
   * has been given.
   */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/** What judges tokens, and the keys that it does it with. */
export interface Tokens {
  readonly reader: TokenReader;
  readonly keys: KeySource;
}

/** What a verifier is made of. */
export interface VerifierParts {
  readonly settings: Pick<VerifierSettings, "kind" | "cookies" | "transports" | "cacheSize">;
  readonly tokens: () => MaybePromise<Tokens>;
  readonly clock: Clock;
  /** Null where tokens are trusted until they run out. */
  readonly news: (() => MaybePromise<RemoteNews>) | null;
  /** Opens encrypted cookies; null where they are not. */
  readonly unseal: (() => MaybePromise<WebUnseal>) | null;
  readonly onFailure: (error: unknown) => void;
}

const anonymous: VerifiedState = Object.freeze({ status: "anonymous" });
/** How often a token is read again because other keys were heard of. */
const mostTries = 2;
/** An opaque session token, of whatever spelling. */
const opaque = "s1.";

/** Tells who requests are from by their tokens alone. It writes nothing, and knows no store. */
export class TokenVerifier {
  readonly #parts: VerifierParts;
  readonly #isHybrid: boolean;
  /** What sealed cookies hold, so that one is opened once. */
  readonly #opened: TokenCache<string>;
  #toldOfMisfit = false;

  constructor(parts: VerifierParts) {
    this.#parts = parts;
    this.#isHybrid = parts.settings.kind === "access";
    this.#opened = new TokenCache(parts.settings.cacheSize);
  }

  /** Synchronous for a token that is remembered, while keys and news are fresh. */
  verify(headers: CredentialHeaders, options: VerifyOptions): MaybePromise<VerifiedState> {
    const { tokens, settings } = this.#parts;
    const carried = readCarried(headers, { ...settings, hasRefresh: this.#isHybrid });
    // As on the server, neither counts, and nobody is signed out by whoever planted the second.
    if (carried.kind === "duplicate") return anonymous;
    const { access, refresh, transport } = carried;
    const otherwise: VerifiedState = refresh === null ? anonymous : needsOrigin("renewal");
    if (access === null) return otherwise;
    return andThen(this.#unsealed(access, transport), (token) => {
      if (token === null) return needsOrigin("key");
      if (token.startsWith(opaque)) return needsOrigin("opaque");
      return andThen(tokens(), (parts) =>
        andThen(parts.keys.ready(), (ready) =>
          ready ? this.#read(token, transport, parts, otherwise, options) : needsOrigin("key"),
        ),
      );
    });
  }

  /** Null for what was sealed with a key that is not known here. */
  #unsealed(value: string, transport: Transport): MaybePromise<string | null> {
    const { unseal, settings, clock } = this.#parts;
    if (unseal === null || transport === "header") return value;
    const known = this.#opened.get(value, clock.now());
    if (known !== undefined) return known;
    const opened = andThen(unseal(), (open) => open(settings.cookies.sessionName, value));
    return andThen(opened, (result) => {
      if (result === "foreign") return null;
      if (result === null) return "";
      this.#opened.set(value, Number.POSITIVE_INFINITY, result.text);
      return result.text;
    });
  }

  /** @param tries how often it was read before with other keys. */
  #read(
    token: string,
    transport: Transport,
    tokens: Tokens,
    otherwise: VerifiedState,
    options: VerifyOptions,
    tries = 0,
  ): MaybePromise<VerifiedState> {
    if (tries > mostTries) return needsOrigin("key");
    const { reader, keys } = tokens;
    const { revision } = keys.opener;
    const again = (): MaybePromise<VerifiedState> =>
      this.#read(token, transport, tokens, otherwise, options, tries + 1);
    return andThen(reader.read(token, transport, this.#parts.clock.now()), (read) => {
      if (read.ok)
        return andThen(this.#news(options), (news) =>
          // The news may say that the key is revoked by which the token was good.
          keys.opener.revision === revision ? this.#byNews(read, news) : again(),
        );
      const learned = read.fault === "key_unknown" && tries === 0 ? keys.learn() : null;
      return learned === null ? this.#refused(read, otherwise) : learned.then(again);
    });
  }

  #refused({ fault, expired }: RefusedToken, otherwise: VerifiedState): VerifiedState {
    if (fault === "key_unknown") return needsOrigin("key");
    if (fault === "issuer_mismatch" || fault === "audience_mismatch") this.#tellOfMisfit(fault);
    if (!this.#isHybrid && expired !== null) return { status: "ended", reason: expired.reason };
    return otherwise;
  }

  /** Our own key made the token: more likely than a token of another service is an option that differs from the server's. */
  #tellOfMisfit(fault: string): void {
    if (this.#toldOfMisfit) return;
    this.#toldOfMisfit = true;
    this.#parts.onFailure(
      new Error(`A token is not for here (${fault}). Are baseURL and jwt those of the server?`),
    );
  }

  /** The news, as new as can be had now. Asked for only once a token is genuine, so that forged ones cost nothing. */
  #news({ waitUntil }: VerifyOptions): MaybePromise<RemoteNews | null> {
    const { news, clock } = this.#parts;
    if (news === null) return null;
    return andThen(news(), (known) => {
      const now = clock.now();
      const isCurrent = known.isCurrent(now);
      if (isCurrent && (waitUntil === undefined || !known.isDue(now))) return known;
      const caughtUp = known.catchUp();
      if (caughtUp === null) return known;
      if (!isCurrent) return caughtUp.then(() => known);
      waitUntil?.(caughtUp);
      return known;
    });
  }

  #byNews(token: GenuineToken, news: RemoteNews | null): VerifiedState {
    const standing = news === null ? "clear" : news.standing(token, this.#parts.clock.now());
    if (standing === "clear") return this.#active(token);
    if (standing === "stale") return needsOrigin("news");
    if (standing === "outdated") return needsOrigin("user");
    return { status: "ended", reason: standing.reason };
  }

  #active(token: GenuineToken): VerifiedState {
    const { active } = token.verified;
    const now = this.#parts.clock.now();
    // While the news came the token may have run out.
    if (active.accessExpiresAt !== null && now >= active.accessExpiresAt) return needsOrigin("renewal");
    return this.#isHybrid || !isRenewalDue(token, now) ? active : { ...active, renewal: "due" };
  }
}

function needsOrigin(why: NeedsOrigin): VerifiedState {
  return { status: "needs_origin", why };
}

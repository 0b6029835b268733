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
}

const anonymous: VerifiedState = Object.freeze({ status: "anonymous" });
/** An opaque session token, of whatever spelling. */
const opaque = "s1.";

/** Tells who requests are from by their tokens alone. It writes nothing, and knows no store. */
export class TokenVerifier {
  readonly #parts: VerifierParts;
  readonly #isHybrid: boolean;
  /** What sealed cookies hold, so that one is opened once. */
  readonly #opened: TokenCache<string>;

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

  #read(
    token: string,
    transport: Transport,
    { reader, keys }: Tokens,
    otherwise: VerifiedState,
    options: VerifyOptions,
  ): MaybePromise<VerifiedState> {
    const { clock } = this.#parts;
    const read = (): MaybePromise<GenuineToken | RefusedToken> => reader.read(token, transport, clock.now());
    return andThen(read(), (first) => {
      if (first.ok) return this.#judge(first, options);
      const learned = first.fault === "key_unknown" ? keys.learn() : null;
      if (learned === null) return this.#refused(first, otherwise);
      return learned.then(async () => {
        const second = await read();
        return second.ok ? this.#judge(second, options) : this.#refused(second, otherwise);
      });
    });
  }

  #refused({ fault, expired }: RefusedToken, otherwise: VerifiedState): VerifiedState {
    if (fault === "key_unknown") return needsOrigin("key");
    if (!this.#isHybrid && expired !== null) return { status: "ended", reason: expired.reason };
    return otherwise;
  }

  #judge(token: GenuineToken, options: VerifyOptions): MaybePromise<VerifiedState> {
    const { news } = this.#parts;
    return news === null
      ? this.#active(token)
      : andThen(news(), (known) => this.#asOf(known, token, options));
  }

  #asOf(news: RemoteNews, token: GenuineToken, { waitUntil }: VerifyOptions): MaybePromise<VerifiedState> {
    const now = this.#parts.clock.now();
    if (!news.isCurrent(now)) {
      const caughtUp = news.catchUp();
      if (caughtUp !== null) return caughtUp.then(() => this.#byNews(token, news));
    } else if (waitUntil !== undefined && news.isDue(now)) {
      const caughtUp = news.catchUp();
      if (caughtUp !== null) waitUntil(caughtUp);
    }
    return this.#byNews(token, news);
  }

  #byNews(token: GenuineToken, news: RemoteNews): VerifiedState {
    const standing = news.standing(token, this.#parts.clock.now());
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

import type { CredentialHeaders } from "../cookies/carried.ts";
import { type HeaderSource, headerReader } from "../cookies/header-source.ts";
import { isHmac } from "../crypto/algorithms.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import { TokenReader } from "../strategies/token-reader.ts";
import { runtimeClock } from "./clock.ts";
import type { KeySource } from "./key-source.ts";
import { lazily } from "./lazily.ts";
import { asIssued } from "./lifetimes.ts";
import { type NewsSettings, settleOptions, type VerifierOptions, type VerifierSettings } from "./options.ts";
import type { Origin, OriginParts } from "./origin.ts";
import { TokenVerifier, type VerifiedState, type VerifierParts, type VerifyOptions } from "./verifier.ts";

export type { HeaderSource } from "../cookies/header-source.ts";
export type { CookieOptions } from "../cookies/cookie-settings.ts";
export type { CredentialHeaders } from "../cookies/carried.ts";
export type { Duration } from "../domain/parse-duration.ts";
export type { BaseUser } from "../domain/principal.ts";
export type { EndReason, Session } from "../domain/session.ts";
export type { Clock } from "../ports/clock.ts";
export { type RevocationOptions, VerifierConfigError, type VerifierOptions } from "./options.ts";
export type { Fetch } from "./origin.ts";
export type { NeedsOrigin, VerifiedState, VerifyOptions } from "./verifier.ts";

/** Tells who requests are from, without a store. */
export interface Verifier<User = BaseUser> {
  /** Who a request is from: a `Request`, its `Headers`, a `NextRequest`, or Node's own. Never rejects for want of the server. */
  authenticate(request: HeaderSource, options?: VerifyOptions): Promise<VerifiedState<User>>;
  /** The same by the headers that count; at once for a token that is remembered, while the news is fresh. */
  verify(headers: CredentialHeaders, options?: VerifyOptions): MaybePromise<VerifiedState<User>>;
  /**
   * Keeps the news fresh by a timer, where the runtime lets one run. Without it the news is asked for when it is
   * too old for a request.
   *
   * @returns a function that stops it.
   */
  follow(): () => void;
}

/**
 * A verifier for edges and other services: it checks the tokens of a Sojourn server by WebCrypto, and asks that server
 * for keys and for news of ended sessions only.
 *
 * @throws {VerifierConfigError}
 */
export function createVerifier<User extends BaseUser = BaseUser>(options: VerifierOptions): Verifier<User> {
  const settings = settleOptions(options);
  const { clock = runtimeClock } = options;
  const onFailure = (error: unknown): void => {
    // Whoever is told must not disturb the requests that wait.
    try {
      options.onFailure?.(error);
    } catch {}
  };
  const { timeout, routeURL } = settings;
  const reach = {
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    clock,
    routeURL,
    timeout,
    onFailure,
  };
  const parts = lazyParts(settings, options.keys, reach);
  const verifier = new TokenVerifier({ settings, clock, onFailure, ...parts });
  const { news } = parts;
  const verify = (headers: CredentialHeaders, how: VerifyOptions = {}): MaybePromise<VerifiedState<User>> =>
    // What the token says of its user is of the type that the app says it is.
    verifier.verify(headers, how) as MaybePromise<VerifiedState<User>>;
  return {
    verify,
    async authenticate(request, how) {
      const read = headerReader(request);
      return verify({ cookie: read("cookie"), authorization: read("authorization") }, how);
    },
    follow() {
      const stopped = new AbortController();
      const follow = async (): Promise<void> => (await news?.())?.follow(stopped.signal);
      // What keeps it from loading, a request sees as well.
      follow().catch(onFailure);
      return () => stopped.abort();
    },
  };
}

/** What only some need loads where it is needed: secret keys or public ones, what opens cookies, what brings news. */
function lazyParts(
  settings: VerifierSettings,
  given: VerifierOptions["keys"],
  reach: OriginParts,
): Pick<VerifierParts, "tokens" | "news" | "unseal"> {
  const { alg, kind, claims, cacheSize, secrets, revocations, cookies } = settings;
  const origin = async (): Promise<Origin> => new (await import("./origin.ts")).Origin(reach);
  const keySource = async (): Promise<KeySource> => {
    if (isHmac(alg)) return (await import("./secret-keys.ts")).secretKeys(secrets, alg, kind);
    const { givenKeys, RemoteKeys } = await import("./public-keys.ts");
    return given === undefined ? new RemoteKeys(await origin(), alg, kind) : givenKeys(given, alg, kind);
  };
  const tokens = lazily(async () => {
    const keys = await keySource();
    return { keys, reader: new TokenReader(kind, keys.opener, claims, asIssued, cacheSize) };
  });
  const news = lazily(async () => {
    const { RemoteNews } = await import("./remote-news.ts");
    return new RemoteNews(await origin(), revocations as NewsSettings, (ids) =>
      andThen(tokens(), ({ keys }) => keys.opener.allow(ids)),
    );
  });
  const unseal = lazily(async () => (await import("./secret-keys.ts")).secretUnseal(secrets));
  return { tokens, news: revocations && news, unseal: cookies.encrypt ? unseal : null };
}

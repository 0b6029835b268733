import type { SessionReply } from "../contract/types.ts";
import type { Duration } from "../domain/parse-duration.ts";
import type { Transport } from "../domain/session.ts";
import { hasCookie, inPage, isSharedByTabs, pageOrigin } from "./environment.ts";
import type { TokenStorage } from "./token-storage.ts";
import type { WatchSettings } from "./watch.ts";

/** The options of `createClient`; each has a default. */
export interface ClientOptions {
  /** Where the server is, such as `https://api.example`. Default: this page's origin; elsewhere than in a page it has to be given. */
  readonly baseURL?: string;
  /** Where its routes are. Default `/auth`. */
  readonly basePath?: string;
  /** How the session travels. Default `cookie`: no script ever sees it. */
  readonly transport?: Transport;
  /** With `header`: where the tokens are kept. Default: in memory, for as long as the page lives. */
  readonly storage?: TokenStorage;
  /** The origins besides the server's that `client.fetch` sends tokens to. */
  readonly trustedOrigins?: readonly string[];
  /** What the server found when it rendered this page, from `auth.snapshot(request)`; null if nobody is signed in. */
  readonly initial?: SessionReply | null;
  /** Between two looks at the server while the page is seen; 0 turns them off. Default `5m`. */
  readonly refetchInterval?: Duration;
  /** Look again when the user comes back to the page, at most every 30 s. Default true. */
  readonly refetchOnWindowFocus?: boolean;
  /** Look again when the network is back. Default true. */
  readonly refetchOnReconnect?: boolean;
  /**
   * Elsewhere than in a page: hands over what is to be called when the app comes to the front (true) or goes to the back
   * (false), as React Native's `AppState` tells it. At the back nothing is asked. Default: always at the front.
   *
   * @returns what stops that.
   */
  readonly visibility?: (changed: (isVisible: boolean) => void) => () => void;
  /** Learn of the end of the session from a stream of the server, within a second. Default true. */
  readonly events?: boolean;
  /** The server's `cookie.name`. Default `sojourn`. */
  readonly cookieName?: string;
  /** Whether the server sets the hint cookie (its `cookie.hint`), so that who never signed in costs no request. Default true. */
  readonly hint?: boolean;
  /** Default: the one of the platform. */
  readonly fetch?: typeof fetch;
}

/** The options, settled. */
export interface ClientSettings extends WatchSettings {
  readonly url: string;
  readonly origin: string | undefined;
  readonly transport: Transport;
  readonly storage: TokenStorage | undefined;
  readonly name: string;
  /** Whether the tabs of this browser share the session: with cookies, and with tokens in a storage of theirs. */
  readonly shared: boolean;
  /** Whether this page sees by a cookie that there may be a session. */
  readonly canSee: boolean;
}

/** Fills in the defaults. @throws {TypeError} for what could not work: then it is better said at once, and not when it is needed. */
export function settle(options: ClientOptions): ClientSettings {
  const {
    baseURL = pageOrigin(),
    basePath = "/auth",
    transport = "cookie",
    cookieName = "sojourn",
    hint = true,
    storage,
    refetchInterval = "5m",
  } = options;
  const here = pageOrigin();
  const origin = baseURL === undefined ? undefined : new URL(baseURL, here).origin;
  const every = typeof refetchInterval === "number" ? `${refetchInterval}s` : refetchInterval;
  for (const [name, value, usable] of [
    // Without its scheme, "localhost:3000" is a URL as well, of nothing that answers.
    ["baseURL", origin ?? "", /^(http|$)/],
    // "/" would lead to another host, by "//session".
    ["basePath", basePath, /^(\/[\w.~-]+)+$/],
    ["transport", transport, /^(cookie|header)$/],
    ["refetchInterval", every, /^\d+(\.\d+)?(ms|[smhdw])$/],
  ] as const)
    if (!usable.test(value)) throw new TypeError(`${name} cannot be ${options[name]}.`);
  // Cookies of another origin cannot be seen from here.
  const canSee = transport === "cookie" && hint && inPage() && origin === here;
  return {
    url: `${origin === here ? "" : (origin ?? "")}${basePath}`,
    origin,
    transport,
    storage,
    name: `sojourn ${transport} ${origin ?? ""}${basePath} ${cookieName}`,
    // Elsewhere than in a page, the next client may be another user's.
    shared: inPage() && (transport === "cookie" || isSharedByTabs(storage)),
    canSee,
    refetchInterval,
    onFocus: options.refetchOnWindowFocus ?? true,
    onReconnect: options.refetchOnReconnect ?? true,
    events: options.events ?? true,
    visibility: options.visibility,
    mayHaveSession: () => !canSee || hasCookie(`${cookieName}-hint`),
  };
}

import { type AuditOptions, checkAudit } from "./audit-options.ts";
import { checkClientOptions, privacyNames, type PrivacyOptions } from "./client-options.ts";
import type { CookieOptions } from "./cookies/cookie-options.ts";
import type { DataDeclarations, DataValidator } from "./domain/data-schema.ts";
import { SojournError } from "./domain/errors.ts";
import { invalidOption, refuseUnknown } from "./domain/options.ts";
import type { KeyOptions } from "./domain/policy.ts";
import type { RateLimitRules } from "./domain/policy/rate-limits.ts";
import type { BaseUser } from "./domain/principal.ts";
import type { Transport } from "./domain/session.ts";
import { checkTrustedProxies, type TrustedProxies } from "./domain/trusted-proxies.ts";
import { type CorsOptions, isOrigin } from "./http/cors-options.ts";
import type { CsrfOptions } from "./http/csrf-options.ts";
import type { RedirectOptions } from "./http/redirect-target.ts";
import { checkImpersonation, type ImpersonationOptions } from "./impersonation-options.ts";
import { checkForms, isListOf } from "./option-forms.ts";
import type { LoginMethodFactory } from "./login/login-method.ts";
import type { Clock } from "./ports/clock.ts";
import type { EventSink, Logger } from "./ports/event-sink.ts";
import type { Random } from "./ports/random.ts";
import type { RateLimiter } from "./ports/rate-limiter.ts";
import type { Store } from "./ports/session-store.ts";
import type { UserDirectory } from "./ports/user-directory.ts";
import type { Callbacks } from "./session/callbacks.ts";
import { checkSessionData, type SessionOptionsOf } from "./session-data-options.ts";
import type { PlaceLookup } from "./session/place-finder.ts";

/** How sessions are proven; the app's code is the same for all three. */
export type StrategyName = "stateful" | "stateless" | "hybrid";

/** The algorithm of signed tokens (RFC 7518 §3.1, RFC 8037). */
export type JwtAlgorithm = "HS256" | "HS384" | "HS512" | "EdDSA" | "ES256";

/** The `jwt` options of {@link AuthOptions}; for the strategies with tokens. */
export interface JwtOptions {
  /** One for all tokens. HMAC where only this app verifies; EdDSA or ES256 for other services. Default `HS256`. */
  readonly alg?: JwtAlgorithm;
  /** Default: the base URL's origin, or `sojourn`. */
  readonly issuer?: string;
  /** Default: the issuer. */
  readonly audience?: string;
  /** `client_id` of access tokens (RFC 9068 §2.2). Default: the audience. */
  readonly clientId?: string;
  /** The fields of the user that tokens carry, besides the id. Default `["role"]`: tokens can be read by whoever holds them. */
  readonly fields?: readonly string[];
  /** How many checked tokens to remember, so that checking one again costs a look-up. 0 for none. Default 10 000. */
  readonly cacheSize?: number;
}

/** The `rateLimit` option of {@link AuthOptions}: rules of your own, and where attempts are counted. */
export interface RateLimitOptions extends RateLimitRules {
  /** `redisLimiter` or `postgresLimiter` of `sojourn/limits`. Default: in the process. */
  readonly limiter?: RateLimiter;
}

/** What `createAuth` takes. Everything but the secret has a default for development. */
export interface AuthOptions<
  User extends BaseUser = BaseUser,
  Extra extends object = object,
  Data extends DataDeclarations = DataDeclarations,
  Flash extends DataValidator = DataValidator,
> {
  /** Where the app is reached, such as `https://app.example.com`. Required in production. */
  readonly baseURL?: string;
  /** Where the handler is mounted. Default `/auth`. */
  readonly basePath?: string;
  /** 32 random bytes or more. In a list the first signs and all verify, for changing it. Development makes its own. */
  readonly secret?: string | readonly string[] | undefined;
  /**
   * `"secret"`: all keys are derived from the secret and change with it. Otherwise the nodes share keys through the
   * store, which rotate on a schedule or by command and can be revoked; `{}` takes the defaults. Default `"secret"`.
   */
  readonly keys?: KeyOptions | "secret";
  readonly store?: Store<User>;
  /** Where the app's own users are. Default: the accounts of the password login, if there is one. */
  readonly users?: UserDirectory<User>;
  /** Default `stateful` with a store, else `stateless`. */
  readonly strategy?: StrategyName;
  /** Stateless only: `store` lists and revokes sessions there, `none` gives that up. Default `store` where there is one. */
  readonly revocations?: "store" | "none";
  readonly session?: SessionOptionsOf<Data, Flash>;
  readonly jwt?: JwtOptions;
  readonly cookie?: CookieOptions;
  /** Which transports sign-in may choose from; the first is the default. Default `["cookie"]`. */
  readonly transports?: readonly Transport[];
  readonly login?: readonly LoginMethodFactory[];
  /** Lets some users act as others. Default: nobody may. */
  readonly impersonation?: ImpersonationOptions<User>;
  /** Keeps events in the store, for whoever looks into what happened. Default: none are kept. */
  readonly audit?: true | AuditOptions;
  readonly callbacks?: Callbacks<User, Extra>;
  /** How much of addresses and user agents is ever kept, logged or shown. Default: they are, as they are. */
  readonly privacy?: PrivacyOptions;
  /** Roughly where an address is, from a data base of yours; asked at sign-in, and waited for no longer than 100 ms. */
  readonly place?: PlaceLookup;
  /** Whether a session that is used from elsewhere than before is told of. Default: where there is `callbacks.anomaly`. */
  readonly anomalies?: boolean;
  /**
   * Where browsers go that name no target of their own: paths, or URLs of `trustedOrigins`. Default `/`; `error` gets the code
   * of a sign-in at a provider that failed, as `?error=...`, and is `signedIn` by default. `signIn` is the sign-in page, to which
   * guards send who opens a page without a session, with `?returnTo=...`; without it they answer 401.
   */
  readonly redirects?: RedirectOptions;
  /**
   * What browsers should forget of this whole site at sign-out (the Clear-Site-Data header), such as
   * `["cache", "storage"]`. Default: nothing but our cookies.
   */
  readonly clearSiteData?: readonly ("cache" | "cookies" | "storage")[];
  /** Further origins that may act and be redirected to. */
  readonly trustedOrigins?: readonly string[];
  /** Whose pages on other origins may read replies. Default: those of `trustedOrigins`. */
  readonly cors?: CorsOptions;
  /** What is asked for beyond the origin of an unsafe call. */
  readonly csrf?: CsrfOptions;
  /**
   * How many proxies of yours stand before the app, or their addresses: `["loopback", "10.0.0.0/8", "cloudflare"]`.
   * Default 0: X-Forwarded-For is not believed.
   */
  readonly trustedProxies?: TrustedProxies;
  /** How many attempts may be made at what; `false` for any number. Default: enough for people, too few for guessers. */
  readonly rateLimit?: RateLimitOptions | false;
  /** Services that may introspect and revoke tokens, and read the feed of ended sessions. */
  readonly services?: readonly { readonly id: string; readonly secret: string }[];
  /** Whether this process removes what is long over, a few at a time. Default true; `false` where a job calls `sessions.deleteExpired`. */
  readonly sweep?: boolean;
  readonly onEvent?: EventSink;
  readonly logger?: Logger;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests. */
  readonly random?: Random;
}

const known: ReadonlySet<string> = new Set<keyof AuthOptions>([
  "baseURL",
  "basePath",
  "secret",
  "keys",
  "store",
  "users",
  "strategy",
  "revocations",
  "session",
  "jwt",
  "cookie",
  "transports",
  "login",
  "impersonation",
  "audit",
  "callbacks",
  "privacy",
  "place",
  "anomalies",
  "redirects",
  "clearSiteData",
  "trustedOrigins",
  "cors",
  "csrf",
  "trustedProxies",
  "rateLimit",
  "services",
  "sweep",
  "onEvent",
  "logger",
  "clock",
  "random",
]);
const knownJwt: ReadonlySet<string> = new Set<keyof JwtOptions>([
  "alg",
  "issuer",
  "audience",
  "clientId",
  "fields",
  "cacheSize",
]);
const strategies: readonly StrategyName[] = ["stateful", "stateless", "hybrid"];
const algorithms: readonly JwtAlgorithm[] = ["HS256", "HS384", "HS512", "EdDSA", "ES256"];

/** Refuses what cannot work, with what to do instead. @throws {SojournError} `config_invalid`, `config_base_url_required`. */
export function checkOptions(options: AuthOptions, production: boolean): void {
  refuseUnknown("", options, known);
  refuseUnknown("jwt.", options.jwt ?? {}, knownJwt);
  refuseUnknown("privacy.", options.privacy ?? {}, privacyNames);
  checkForms(options);
  const { strategy, store, jwt, transports, trustedProxies, basePath, revocations, sweep } = options;
  if (strategy !== undefined && !strategies.includes(strategy))
    throw invalidOption(`strategy must be one of ${strategies.join(", ")}.`);
  if ((strategy === "stateful" || strategy === "hybrid") && store === undefined) {
    throw new SojournError("config_store_required", {
      detail: `The ${strategy} strategy needs a store, such as sqlite("app.db") from "sojourn/sqlite".`,
    });
  }
  if (revocations === "store" && store === undefined) {
    throw new SojournError("config_store_required", {
      detail: 'revocations: "store" needs a store, such as sqlite("app.db") from "sojourn/sqlite".',
    });
  }
  if (revocations !== undefined && revocations !== "store" && revocations !== "none")
    throw invalidOption('revocations must be "store" or "none".');
  if (revocations === "none" && strategy !== undefined && strategy !== "stateless")
    throw invalidOption('revocations: "none" is for the stateless strategy; the others always revoke.');
  if (jwt?.alg !== undefined && !algorithms.includes(jwt.alg))
    throw invalidOption(`jwt.alg must be one of ${algorithms.join(", ")}.`);
  if (jwt?.cacheSize !== undefined && (!Number.isInteger(jwt.cacheSize) || jwt.cacheSize < 0))
    throw invalidOption("jwt.cacheSize must be a whole number of at least 0.");
  if (
    transports !== undefined &&
    (!isListOf(transports, "string") ||
      transports.length === 0 ||
      transports.some((name) => name !== "cookie" && name !== "header"))
  ) {
    throw invalidOption('transports must be a list of "cookie" and "header".');
  }
  if (sweep !== undefined && typeof sweep !== "boolean") throw invalidOption("sweep must be true or false.");
  if (trustedProxies !== undefined) checkTrustedProxies(trustedProxies);
  if (basePath !== undefined && !/^(\/[A-Za-z0-9._~-]+)+$/.test(basePath))
    throw invalidOption('basePath must be a path such as "/auth", without a slash at its end.');
  const stored = store !== undefined && revocations !== "none";
  checkImpersonation(options.impersonation, stored);
  checkSessionData(options.session ?? {}, stored);
  checkAudit(options.audit, store?.entries !== undefined);
  checkOrigins(options);
  checkClientOptions(options, store?.entries !== undefined && revocations !== "none");
  checkSignOut(options);
  if (production && options.baseURL === undefined) {
    throw new SojournError("config_base_url_required", {
      detail:
        'Set baseURL to where the app is reached, such as "https://app.example.com": cookies, origins and redirects are judged by it.',
    });
  }
}

/** The base URL, parsed. @throws {SojournError} `config_invalid`. */
export function parseBaseURL(baseURL: string | undefined): URL | null {
  if (baseURL === undefined) return null;
  if (!URL.canParse(baseURL) || !/^https?:$/.test(new URL(baseURL).protocol))
    throw invalidOption(`baseURL must be an http or https URL, but is ${JSON.stringify(baseURL)}.`);
  return new URL(baseURL);
}

function checkSignOut({ clearSiteData }: AuthOptions): void {
  for (const what of clearSiteData ?? []) {
    if (!["cache", "cookies", "storage"].includes(what))
      throw invalidOption('clearSiteData may hold "cache", "cookies" and "storage".');
  }
}

function checkOrigins(options: AuthOptions): void {
  for (const origin of options.trustedOrigins ?? []) {
    if (!isOrigin(origin)) {
      throw invalidOption(
        `trustedOrigins: ${JSON.stringify(origin)} is not an origin such as "https://www.example.com" (no path, no slash at its end, no wildcard).`,
      );
    }
  }
  for (const { id, secret } of options.services ?? []) {
    if (typeof id !== "string" || id === "" || typeof secret !== "string" || secret.length < 32)
      throw invalidOption("services: each needs an id and a secret of at least 32 characters.");
  }
}

import { isHmac, type JwsAlgorithm } from "../crypto/algorithms.ts";
import {
  type CookieOptions,
  type CookieSettings,
  isSecure,
  settleReading,
} from "../cookies/cookie-settings.ts";
import { type Duration, parseDuration } from "../domain/parse-duration.ts";
import { defaultSessionOptions } from "../domain/policy.ts";
import { defaultClockSkew, type TokenKind } from "../domain/claims.ts";
import type { Transport } from "../domain/session.ts";
import type { Clock } from "../ports/clock.ts";
import type { Fetch } from "./origin.ts";

/** How a verifier learns of ended sessions. */
export interface RevocationOptions {
  /** One of the `services` of `createAuth`: the feed tells nobody else. */
  readonly service: { readonly id: string; readonly secret: string };
  /** How old the news may be by which a token is trusted. Where it is older, it is asked for first. Default `"2s"`. */
  readonly maxRevocationLag?: Duration;
  /** How many ended sessions are remembered at most; with more, nothing is trusted. Default 100 000. */
  readonly most?: number;
}

/** What `createVerifier` takes. What it has in common with `createAuth` must be as it is there. */
export interface VerifierOptions {
  /** Where the app is reached, such as `https://app.example.com`. */
  readonly baseURL: string;
  /** Where the server is asked for keys and news. Default: the base URL. */
  readonly originURL?: string;
  /** Where the handler is mounted. Default `/auth`. */
  readonly basePath?: string;
  /** How sessions are proven. Stateful ones only the server can judge. Default `hybrid`. */
  readonly strategy?: "hybrid" | "stateless";
  /** For HS256, HS384 and HS512, and for encrypted cookies. */
  readonly secret?: string | readonly string[] | undefined;
  /** For EdDSA and ES256: a JWK Set that never changes. Default: the one that the server shows. */
  readonly keys?: { readonly keys: readonly object[] };
  readonly jwt?: {
    /** Default `HS256`. */
    readonly alg?: JwsAlgorithm;
    /** Default: the base URL's origin. */
    readonly issuer?: string;
    /** Default: the issuer. */
    readonly audience?: string;
    /** How many checked tokens to remember. 0 for none. Default 1000. */
    readonly cacheSize?: number;
  };
  readonly cookie?: CookieOptions;
  /** Default `["cookie"]`. */
  readonly transports?: readonly Transport[];
  /** `false`: a session that was ended is trusted until its token runs out. */
  readonly revocations: RevocationOptions | false;
  /** How long a request waits for the server at most, before it is sent there itself. Default `"1s"`. */
  readonly timeout?: Duration;
  /** Told of every failure to reach the server, and once of tokens that look as if an option were not the server's. */
  readonly onFailure?: (error: unknown) => void;
  /** Default: the runtime's own. */
  readonly fetch?: Fetch;
  /** For tests. */
  readonly clock?: Clock;
}

/** The options, checked and with their defaults. Times in ms. */
export interface VerifierSettings {
  readonly kind: TokenKind;
  readonly claims: { readonly issuer: string; readonly audience: string; readonly clockSkew: number };
  readonly alg: JwsAlgorithm;
  readonly secrets: readonly string[];
  readonly cookies: Omit<CookieSettings, "hintName" | "attributes">;
  readonly transports: readonly Transport[];
  readonly cacheSize: number;
  readonly timeout: number;
  /** Where a route of the server is. */
  readonly routeURL: (path: string) => URL;
  readonly revocations: NewsSettings | null;
}

/** How news of ended sessions is had. */
export interface NewsSettings {
  /** The Authorization header of the service. */
  readonly authorization: string;
  /** How old the news may be, in ms. */
  readonly maxLag: number;
  /** How many ended sessions are remembered at most. */
  readonly most: number;
}

/**
 * What `createVerifier` throws: an option cannot work. It reads like a `SojournError`, and is none: the table of all codes
 * would be a third of what loads here.
 */
export class VerifierConfigError extends Error {
  override readonly name = "VerifierConfigError";
  readonly code = "config_invalid";
}

const known = new Set<string>([
  "baseURL",
  "originURL",
  "basePath",
  "strategy",
  "secret",
  "keys",
  "jwt",
  "cookie",
  "transports",
  "revocations",
  "timeout",
  "onFailure",
  "fetch",
  "clock",
] satisfies readonly (keyof VerifierOptions)[]);

/** @throws {VerifierConfigError} */
export function settleOptions(options: VerifierOptions): VerifierSettings {
  const { jwt = {}, cookie = {}, strategy = "hybrid", transports = ["cookie"], basePath = "/auth" } = options;
  const { alg = "HS256", cacheSize = 1000 } = jwt;
  for (const name of Object.keys(options)) refuse(!known.has(name), `${name} is not an option.`);
  const baseURL = urlOf(options.baseURL, "baseURL");
  const originURL = options.originURL === undefined ? baseURL : urlOf(options.originURL, "originURL");
  const { issuer = baseURL.origin, audience = issuer } = jwt;
  const secrets = [options.secret ?? []].flat();
  refuse(strategy !== "hybrid" && strategy !== "stateless", 'strategy must be "hybrid" or "stateless".');
  refuse(!isHmac(alg) && alg !== "EdDSA" && alg !== "ES256", "jwt.alg is not known.");
  refuse((isHmac(alg) || cookie.encrypt === true) && secrets.length === 0, "secret is missing.");
  // Whether it can be guessed the server has checked; here it may be a variable that is not set.
  refuse(
    secrets.some((secret) => typeof secret !== "string" || secret.length < 32),
    "secret is not the server's: it has less than 32 characters.",
  );
  refuse(isHmac(alg) && options.keys !== undefined, `keys are of no use for ${alg}.`);
  return {
    kind: strategy === "hybrid" ? "access" : "session",
    claims: { issuer, audience, clockSkew: defaultClockSkew },
    alg,
    secrets,
    cookies: settleReading({ ...cookie, secure: isSecure(cookie, baseURL) }),
    transports,
    cacheSize,
    timeout: msOf(options.timeout ?? "1s", "timeout"),
    routeURL: (path) => new URL(basePath + path, originURL),
    revocations: newsSettings(options.revocations),
  };
}

function newsSettings(options: RevocationOptions | false): NewsSettings | null {
  if (options === false) return null;
  const {
    service,
    maxRevocationLag = defaultSessionOptions.maxRevocationLag,
    most = 100_000,
  } = options ?? {};
  const { id, secret } = service ?? {};
  refuse(!id || !secret, "revocations must be { service: { id, secret } }, or false.");
  refuse(!(most > 0), "revocations.most must be above 0.");
  return {
    // RFC 6749 §2.3.1: each is form-encoded first.
    authorization: `Basic ${btoa(`${encodeURIComponent(id ?? "")}:${encodeURIComponent(secret ?? "")}`)}`,
    maxLag: msOf(maxRevocationLag, "revocations.maxRevocationLag"),
    most,
  };
}

function urlOf(text: string, option: string): URL {
  refuse(!/^https?:/i.test(text) || !URL.canParse(text), `${option} must be an http or https URL.`);
  return new URL(text);
}

function msOf(duration: Duration, option: string): number {
  const ms = parseDuration(duration);
  refuse(Number.isNaN(ms), `${option} must be a number of seconds or such as "2s".`);
  return ms;
}

/** The one place that throws. */
function refuse(isWrong: boolean, detail: string): void {
  if (isWrong) throw new VerifierConfigError(detail);
}

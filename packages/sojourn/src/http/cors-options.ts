import { type Duration, durationToMs } from "../domain/duration.ts";
import { invalidOption, refuseUnknown } from "../domain/options.ts";

/** The `cors` options of `createAuth`. */
export interface CorsOptions {
  /** Whose pages may read replies, with credentials. Default: `trustedOrigins`. An empty list: nobody's. */
  readonly origins?: readonly string[];
  /** How long a browser may remember what a preflight was answered. Default 10 minutes. */
  readonly maxAge?: Duration;
}

/** Which pages of other origins may read replies. */
export interface CorsSettings {
  readonly origins: ReadonlySet<string>;
  /** In seconds. */
  readonly maxAge: number;
}

const known = ["origins", "maxAge"];

/**
 * Settles who may read replies.
 *
 * @throws {SojournError} `config_invalid`: a wildcard or a pattern is no origin, since replies depend on who is signed in.
 */
export function resolveCors(options: CorsOptions, trustedOrigins: readonly string[]): CorsSettings {
  refuseUnknown("cors.", options, known);
  const { origins = trustedOrigins, maxAge = "10m" } = options;
  if (!Array.isArray(origins)) throw invalidOption("cors.origins must be a list of origins.");
  for (const origin of origins as readonly string[]) {
    if (!isOrigin(origin))
      throw invalidOption(
        `cors.origins: ${JSON.stringify(origin)} is not an origin such as "https://www.example.com". List each by itself; there is no wildcard.`,
      );
  }
  return {
    origins: new Set(origins),
    maxAge: Math.floor(durationToMs(maxAge, "cors.maxAge") / 1000),
  };
}

/** Whether a text is an origin as browsers write it: scheme, host, and a port that is not the usual one. */
export function isOrigin(text: string): boolean {
  // To a URL parser an asterisk is a letter of the host like any other.
  if (!/^https?:[^*]+$/.test(text) || !URL.canParse(text)) return false;
  return new URL(text).origin === text;
}

import { invalidOption, refuseUnknown } from "../domain/options.ts";
import { type CookieOptions, type CookieSettings, isSecure, settleCookies } from "./cookie-settings.ts";
import { checkCookieNameAndAttributes } from "./set-cookie.ts";

export type { CookieOptions, CookieSettings } from "./cookie-settings.ts";

const known = new Set([
  "name",
  "secure",
  "sameSite",
  "path",
  "domain",
  "partitioned",
  "prefix",
  "chunking",
  "encrypt",
  "hint",
]);

/**
 * Settles names and attributes.
 *
 * @param baseURL where the app is reached; null is development on this machine.
 * @throws {SojournError} `config_invalid`.
 */
export function resolveCookies(options: CookieOptions, baseURL: URL | null): CookieSettings {
  refuseUnknown("cookie.", options, known);
  checkChoices(options);
  const secure = isSecure(options, baseURL);
  if (!secure && baseURL?.protocol === "https:") {
    throw invalidOption(
      "cookie.secure is false although baseURL is HTTPS: the session would also travel unencrypted.",
    );
  }
  const settings = settleCookies({ ...options, secure });
  checkCookieNameAndAttributes(settings.sessionName, settings.attributes);
  return settings;
}

/** What the types already say, for those who configure without them. */
function checkChoices({ name, prefix, secure, hint }: CookieOptions): void {
  // A prefix alone would pass for a name.
  if (name === "") throw invalidOption("cookie.name must not be empty.");
  if (prefix !== undefined && prefix !== "auto" && prefix !== "none")
    throw invalidOption('cookie.prefix must be "auto" or "none".');
  if (secure !== undefined && secure !== "auto" && typeof secure !== "boolean")
    throw invalidOption('cookie.secure must be true, false or "auto".');
  if (hint !== undefined && typeof hint !== "boolean")
    throw invalidOption("cookie.hint must be true or false.");
}

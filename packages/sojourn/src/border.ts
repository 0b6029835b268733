import type { AuthOptions } from "./auth-options.ts";
import type { HttpParts } from "./http/call.ts";
import { resolveCors } from "./http/cors-options.ts";
import { asksTokens } from "./http/csrf-options.ts";
import type { CsrfTokenParts } from "./http/csrf-tokens.ts";
import { resolveRedirects } from "./http/redirect-target.ts";
import type { RequestGuard } from "./http/request-guard.ts";
import type { EventLog } from "./session/event-log.ts";

/** What stands between this app and other sites. */
export interface Border extends Pick<HttpParts, "guard" | "cors" | "redirects"> {
  readonly loadGuard: () => Promise<RequestGuard>;
}

/** What a border is made of. */
export interface BorderParts extends CsrfTokenParts {
  readonly options: AuthOptions;
  readonly events: EventLog;
}

/**
 * Settles what may come from other sites, what their pages may read, and where browsers may be sent.
 *
 * @param baseURL where the app is reached; null is development on this machine.
 * @throws {SojournError} `config_invalid`.
 */
export function borderOf(parts: BorderParts, baseURL: URL | null): Border {
  const { cors = {}, csrf = {}, redirects = {}, trustedOrigins = [] } = parts.options;
  const settings = { origin: baseURL?.origin ?? null, trustedOrigins };
  const withTokens = asksTokens(csrf);
  let guard: Promise<RequestGuard> | null = null;
  // It loads with the first request that it judges.
  const load = async (): Promise<RequestGuard> => {
    const { RequestGuard: Guard } = await import("./http/request-guard.ts");
    const { CsrfTokens } = await import("./http/csrf-tokens.ts");
    return new Guard({ ...parts, settings, tokens: withTokens ? new CsrfTokens(parts) : null });
  };
  const own = { origin: settings.origin ?? "http://localhost", allowedOrigins: trustedOrigins };
  return {
    guard: settings,
    cors: resolveCors(cors, trustedOrigins),
    redirects: resolveRedirects(redirects, own),
    loadGuard: () => (guard ??= load()),
  };
}

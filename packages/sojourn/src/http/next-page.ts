import type { HttpParts } from "./call.ts";
import { redirectTarget } from "./redirect-target.ts";

/** The origin under which the browser reaches us: as configured, or else as the request says. */
export function ownOrigin(parts: HttpParts, request: Request): string {
  return parts.guard.origin ?? new URL(request.url).origin;
}

/**
 * Where the browser goes when something is done.
 *
 * @throws {SojournError} `invalid_redirect` for a place outside of this app.
 */
export function nextPage(
  { parts, request }: { readonly parts: HttpParts; readonly request: Request },
  returnTo: string | undefined,
  otherwise: string,
): string {
  if (returnTo === undefined || returnTo === "") return otherwise;
  const origin = ownOrigin(parts, request);
  return redirectTarget(returnTo, { origin, allowedOrigins: parts.guard.trustedOrigins });
}

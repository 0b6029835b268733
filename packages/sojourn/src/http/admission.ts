import type { SojournError } from "../domain/errors.ts";
import { opensPage, pageOf } from "./page.ts";
import { privateHeaders, problemResponse, toSojournError } from "./problem.ts";
import { redirectTarget } from "./redirect-target.ts";
import type { RequestSource } from "./verbs.ts";

/** Where people sign in. */
export interface SignInPage {
  /** A path, or a URL of a trusted origin; null if the app has not said. */
  readonly signIn: string | null;
  /** The app's own origin; null if it has not said. */
  readonly origin: string | null;
}

/** What a new sign-in can mend. */
const mended: ReadonlySet<string> = new Set(["unauthenticated", "session_ended", "step_up_required"]);

/**
 * The response to a request that may not go on: a problem document with 401, 403 or 503; for who opens a page and only
 * has to sign in, the way to the sign-in page and back (303).
 *
 * @param cookies what is cleared with it.
 * @param routed path and query of the page that a router in the browser opens by it; null if none does.
 */
export function refuse(
  error: unknown,
  request: RequestSource,
  page: SignInPage,
  cookies: readonly string[],
  routed: string | null = null,
): Response {
  const known = toSojournError(error);
  const isOpened = routed !== null || opensPage(request);
  const target =
    mended.has(known.code) && isOpened ? signInTarget(page, routed ?? pageOf(request), known) : null;
  if (target === null) return problemResponse(known, cookies);
  const headers = privateHeaders();
  headers.set("Location", target);
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  return new Response(null, { status: 303, headers });
}

/**
 * The sign-in page with the way back, `returnTo`, and with `reason`: an end reason such as `idle`, or
 * `step_up_required`. The Location is relative where the page is (RFC 9110 §10.2.2), so that no made-up Host gets into it.
 *
 * @param wanted path and query of the page to come back to; null for none.
 * @returns null if the app has no sign-in page, or the page is itself the one.
 */
export function signInTarget(
  { signIn, origin }: SignInPage,
  wanted: string | null,
  { code, extra }: Pick<SojournError, "code" | "extra">,
): string | null {
  if (signIn === null) return null;
  const isPath = signIn.startsWith("/");
  const target = new URL(signIn, base);
  const back = wanted === null ? null : safePage(wanted);
  // A guard before the sign-in page would send its visitors to it for ever.
  if (isPath && back !== null && new URL(back, base).pathname === target.pathname) return null;
  const returnTo = isPath || back === null ? back : origin && origin + back;
  if (returnTo !== null && returnTo.length <= longestTarget) target.searchParams.set("returnTo", returnTo);
  const reason = code === "step_up_required" ? code : extra["reason"];
  if (typeof reason === "string") target.searchParams.set("reason", reason);
  return isPath ? target.pathname + target.search + target.hash : target.href;
}

/** What signing in takes as `returnTo`: with a longer one nobody could. */
const longestTarget = 2048;

/** Stands for our own origin where only the path counts. */
const base = "http://localhost";

/** A page that the sign-in page will take for one of ours, or null. */
function safePage(wanted: string): string | null {
  try {
    return redirectTarget(wanted, { origin: base, allowedOrigins: [] });
  } catch {
    return null;
  }
}

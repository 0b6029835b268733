import type { GuardSettings } from "./guard.ts";

/** A request as the proxy tells of it that asks whether it may go on. Its other headers are those of the question. */
export interface ForwardedRequest {
  readonly method: string;
  /** Its path and query; null if the proxy does not tell. */
  readonly target: string | null;
  /** Which of the trusted origins it is for; null for the app's own, and for any that is not listed. */
  readonly origin: string | null;
}

/**
 * What `X-Forwarded-Method`, `-Uri`, `-Host` and `-Proto` say, or `X-Original-Method` and `-URL`. A client may have
 * written them where the proxy does not, so they only choose among origins that are trusted, and say where on
 * them to come back to.
 */
export function forwardedRequest(request: Request, settings: GuardSettings): ForwardedRequest {
  const { headers } = request;
  const given = (name: string): string | null => headers.get(name) || null;
  const told = given("x-forwarded-uri") ?? given("x-original-url");
  const whole = told !== null && /^https?:\/\//i.test(told) && URL.canParse(told) ? new URL(told) : null;
  const claimed = whole?.origin ?? originOf(given("x-forwarded-proto"), given("x-forwarded-host"));
  const origin = claimed !== null && settings.trustedOrigins.includes(claimed) ? claimed : null;
  return {
    method: (given("x-forwarded-method") ?? given("x-original-method") ?? request.method).toUpperCase(),
    target: whole === null ? told : whole.pathname + whole.search,
    origin: origin === settings.origin ? null : origin,
  };
}

function originOf(scheme: string | null, host: string | null): string | null {
  const url = `${scheme ?? "https"}://${host ?? ""}`;
  return host !== null && URL.canParse(url) ? new URL(url).origin : null;
}

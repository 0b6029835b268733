import { SojournError } from "../domain/errors.ts";
import type { RedirectMethod } from "../login/redirect-method.ts";
import type { ProviderUrlReply } from "../contract/provider-types.ts";
import type { HttpParts, Reply } from "./call.ts";
import type { LoginTransaction } from "./login-transactions.ts";
import { ownOrigin } from "./next-page.ts";
import type { ProviderParts } from "./provider-parts.ts";
import type { RequestHeaders } from "./request-headers.ts";

/** The request that begins a sign-in at a provider. */
export interface StartRequest {
  readonly parts: HttpParts;
  readonly request: Request;
  readonly headers: RequestHeaders;
}

/** What is begun, as far as the transaction keeps it. */
export type Start = Pick<LoginTransaction, "purpose" | "target" | "remember" | "session"> & {
  readonly loginHint: string | null;
};

/** The provider that a URL names. @throws {SojournError} `not_found`. */
export async function providerNamed(
  parts: HttpParts,
  name: string | undefined,
): Promise<{ readonly providers: ProviderParts; readonly method: RedirectMethod }> {
  const providers = await parts.loadProviders?.();
  const method = providers?.methods.find((candidate) => candidate.name === name);
  if (providers !== undefined && method !== undefined) return { providers, method };
  throw new SojournError("not_found", { detail: "There is no such way to sign in." });
}

/** Where a provider sends the browser back: exactly this, as it is registered there. */
function callbackUrl(parts: HttpParts, request: Request, provider: string): string {
  return `${ownOrigin(parts, request)}${parts.basePath}/callback/${provider}`;
}

/** Sends the browser to a provider. Nothing is kept of it but a cookie in this browser. */
export async function startAt(
  { parts, request, headers }: StartRequest,
  { providers, method }: { readonly providers: ProviderParts; readonly method: RedirectMethod },
  { loginHint, ...start }: Start,
): Promise<Reply<ProviderUrlReply>> {
  const redirectUri = callbackUrl(parts, request, method.name);
  const reauthenticate = start.purpose === "step-up";
  const interactive = isUnasked(request);
  const { url, checks } = await method.begin({ redirectUri, reauthenticate, interactive, loginHint });
  const transaction = {
    ...start,
    provider: method.name,
    checks,
    redirectUri,
    at: parts.clock.now(),
    answer: null,
  };
  const crossSite = method.responseMode === "form_post";
  return {
    body: { url },
    cookies: providers.transactions.keep(transaction, headers.cookie ?? null, crossSite),
    redirect: url,
  };
}

/**
 * Whether another site's page sent the browser here without its user having clicked on anything (Fetch Metadata). A
 * provider that remembers them would send them straight back, and they would be signed in without having wanted that.
 */
function isUnasked({ headers }: Request): boolean {
  return headers.get("sec-fetch-site") === "cross-site" && headers.get("sec-fetch-user") !== "?1";
}

/** Whether a program asks, that reads the answer itself, and not a browser that shows it. */
export function wantsJson({ headers }: Request): boolean {
  const accept = headers.get("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}

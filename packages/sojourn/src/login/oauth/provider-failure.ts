import { type ErrorCode, isSojournError, SojournError } from "../../domain/errors.ts";

/** What openid-client's errors have in common, and fetch's. */
interface ProviderError {
  readonly message: string;
  readonly code?: unknown;
  readonly cause?: unknown;
  /** The OAuth error code (RFC 6749 §4.1.2.1, §5.2). */
  readonly error?: unknown;
  /** The status of the HTTP response. */
  readonly status?: unknown;
}

/**
 * Does something at a provider, and tells its failures apart: what may work in a moment from what will not. What
 * the provider wrote is for nobody's eyes: only its OAuth error code reaches our log.
 *
 * @throws {SojournError} `oauth_provider_unavailable`, `oauth_provider_error`, `access_denied`.
 */
export async function atProvider<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSojournError(error)) throw error;
    const known = (error instanceof Error ? error : new Error(String(error))) as ProviderError;
    const code = codeOf(known);
    throw new SojournError(code, {
      ...(code === "oauth_provider_unavailable" ? { retryAfter: 5 } : {}),
      cause: new Error(`${name}: ${describe(known)}`),
    });
  }
}

/** The OAuth error code that a provider answered with; null for any other failure. */
export function oauthErrorOf(error: unknown): string | null {
  const code = (error as ProviderError | null)?.error;
  return typeof code === "string" && /^[a-z_]{1,64}$/.test(code) ? code : null;
}

const busy: ReadonlySet<string | null> = new Set(["server_error", "temporarily_unavailable"]);

function codeOf(error: ProviderError): ErrorCode {
  if (oauthErrorOf(error) === "access_denied" && error.code === "OAUTH_AUTHORIZATION_RESPONSE_ERROR")
    return "access_denied";
  const isAway =
    busy.has(oauthErrorOf(error)) ||
    (statusOf(error) ?? 0) >= 500 ||
    statusOf(error) === 429 ||
    error.code === "OAUTH_TIMEOUT" ||
    error.code === "OAUTH_ABORT" ||
    isNetworkFailure(error);
  return isAway ? "oauth_provider_unavailable" : "oauth_provider_error";
}

/** `fetch` reports every failure of the network as a TypeError with the failure as its cause, and no code. */
function isNetworkFailure(error: ProviderError): boolean {
  if (error instanceof DOMException) return error.name === "TimeoutError" || error.name === "AbortError";
  const { code, cause } = error;
  return error instanceof TypeError && code === undefined && cause !== undefined;
}

function statusOf({ status, cause }: ProviderError): number | null {
  if (typeof status === "number") return status;
  return cause instanceof Response ? cause.status : null;
}

/** openid-client's own sentences, which quote nothing, down to the first cause. */
function describe(error: ProviderError): string {
  const facts = [oauthErrorOf(error), statusOf(error) === null ? null : `HTTP ${statusOf(error)}`];
  const own = [error.message, ...facts.filter((fact) => fact !== null)].join(", ");
  return error.cause instanceof Error ? `${own}: ${describe(error.cause as ProviderError)}` : own;
}

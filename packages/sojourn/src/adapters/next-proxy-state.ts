import { SojournError } from "../domain/errors.ts";
import { andThen, type MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { EndReason } from "../domain/session.ts";
import { isSafe } from "../http/guard.ts";
import type { HeaderSource } from "../http/request-headers.ts";
import type { Visit, VisitOptions } from "../http/verbs.ts";
import type { Identity } from "./next-identity.ts";

type State =
  | ({ readonly status: "active" } & Identity)
  | { readonly status: "anonymous" }
  | { readonly status: "ended"; readonly reason: EndReason }
  | { readonly status: "unavailable"; readonly retryAfter: number }
  | { readonly status: "needs_origin" };

/** Who a request is from, as far as a proxy can tell, with the Set-Cookie values for its response. */
export type ProxyState = State & { readonly cookies: readonly string[] };

/** What Next.js gives a proxy besides the request. */
export interface ProxyEvent {
  /** Lets work go on behind the response. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
}

/** What tells who requests are from without a store, such as `createVerifier` of `sojourn/verify` makes it. */
export interface ProxyVerifier {
  authenticate(request: HeaderSource, options?: ProxyEvent): MaybePromise<State>;
}

/** The part of `createAuth` that a proxy needs. */
export interface ProxyAuth<User extends BaseUser, Extra extends object> {
  readonly basePath: string;
  readonly origin: string | null;
  visit(request: HeaderSource, options?: VisitOptions): MaybePromise<Visit<User, Extra>>;
  clientAddress(request: HeaderSource, peer: string | null): MaybePromise<string | null>;
}

/** What a proxy asks: `auth` where it runs on Node, so that it also renews; a verifier at the edge. */
export type ProxySource<User extends BaseUser, Extra extends object> =
  | { readonly auth: ProxyAuth<User, Extra>; readonly verifier?: undefined }
  | { readonly verifier: ProxyVerifier; readonly auth?: undefined };

/** Makes what reads requests. */
export function sessionReader<User extends BaseUser, Extra extends object>(
  source: ProxySource<User, Extra>,
): (request: Request, event?: ProxyEvent) => MaybePromise<ProxyState> {
  const { auth, verifier } = source;
  if (auth === undefined)
    return (request, event) => {
      const waitUntil = event?.waitUntil?.bind(event);
      return andThen(verifier.authenticate(request, { waitUntil }), (state) => ({ ...state, cookies: [] }));
    };
  return (request) => {
    // What changes something may sign in or out behind the proxy, and Next.js puts the cookies of both into one response,
    // where no name may come twice (RFC 6265 §4.1.1). So they are left to the next request that reads.
    const renew = isSafe(request.method);
    return andThen(auth.clientAddress(request, null), (ip) =>
      andThen(auth.visit(request, { ip, ...passiveIf(request), renew }), ({ state, cookies }) => ({
        ...state,
        cookies: renew ? cookies : [],
      })),
    );
  };
}

/**
 * What a script fetches may be a prefetch, of which Next.js does not tell its proxy: it is no sign of the user here. The page that
 * it shows may find it is one.
 */
function passiveIf(request: Request): { readonly passive?: true } {
  const mode = request.headers.get("sec-fetch-mode");
  return mode !== null && mode !== "navigate" && request.method === "GET" ? { passive: true } : {};
}

/** Why a request with a state may not go on. */
export function errorOf(state: Exclude<ProxyState, { status: "needs_origin" }>): SojournError {
  switch (state.status) {
    case "ended":
      return new SojournError("session_ended", { extra: { reason: state.reason } });
    case "unavailable":
      return new SojournError("store_unavailable", { retryAfter: state.retryAfter });
    default:
      return new SojournError("unauthenticated");
  }
}

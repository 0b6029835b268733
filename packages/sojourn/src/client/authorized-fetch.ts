import type { Connection, Fetch } from "./connection.ts";
import { learnCsrfToken } from "./csrf.ts";
import { pageOrigin } from "./environment.ts";
import { isAuthError } from "./result.ts";

/** What a client asks for when somebody was refused: to renew the credential. */
export interface Renewing {
  /** @returns whether there is a session still. */
  (): Promise<boolean>;
}

/**
 * `fetch` with what proves who is asking. A 401 may mean that the credential ran out: then it is renewed, and the
 * request sent once more. So it is where the server wants a CSRF token with what changes something, and the page has none
 * or an old one.
 *
 * @param own the server's origin: of it cookies and CSRF tokens are.
 * @param trusted where tokens may go besides; anybody else would be handed the session.
 */
export function authorizedFetch(
  connection: Connection,
  own: string | undefined,
  trusted: readonly string[],
  renews: Renewing,
): Fetch {
  const { fetch, credentials, tokens, csrf } = connection;
  // However they are written, such as with a slash at the end.
  const origins = new Set([own, ...trusted.map((one) => new URL(one).origin)]);
  const send = async (request: Request): Promise<Response> => {
    const { Authorization } = await connection.authorization();
    if (Authorization !== undefined) request.headers.set("Authorization", Authorization);
    if (mayNeedCsrf(request))
      for (const [name, value] of Object.entries(csrf)) request.headers.set(name, value);
    return fetch(request);
  };
  /** With tokens none is needed: no other site can make a browser send those. */
  const mayNeedCsrf = ({ method, url }: Request): boolean =>
    tokens === null && !/^(GET|HEAD|OPTIONS)$/.test(method) && new URL(url).origin === (own ?? pageOrigin());
  const isCsrfRefused = async (request: Request, response: Response): Promise<boolean> => {
    if (response.status !== 403 || !mayNeedCsrf(request)) return false;
    const problem = (await response
      .clone()
      .json()
      .catch(() => null)) as { readonly code?: unknown } | null;
    return problem?.code === "csrf_refused";
  };
  let renewedAt = 0;
  /** Of many that are refused at once, one renews; a refusal from before that says nothing of the new credential. */
  const isRenewed = async (sentAt: number): Promise<boolean> => {
    if (sentAt < renewedAt) return true;
    const isAlive = await renews();
    if (isAlive) renewedAt = Date.now();
    return isAlive;
  };
  return async (input, init) => {
    const here = pageOrigin();
    // Elsewhere than in a page, a path is one of the server.
    const target = new URL(input instanceof Request ? input.url : String(input), here ?? own);
    const allowed = target.origin === here || origins.has(target.origin);
    if (!allowed) return fetch(input, init);
    const request = new Request(input instanceof Request ? input : target, {
      credentials: tokens === null ? credentials : "same-origin",
      ...init,
    });
    // Whoever brings a credential of their own wants no other.
    if (request.headers.has("Authorization")) return fetch(request);
    // A body can be read once, and this one may have to be sent twice.
    const again = request.clone();
    const sentAt = Date.now();
    const response = await send(request);
    const isWorthMore =
      (response.status === 401 && (await isRenewed(sentAt))) ||
      ((await isCsrfRefused(request, response)) && (await learnCsrfToken(connection).catch(() => false)));
    return isWorthMore ? send(again) : response;
  };
}

/** Runs something that needs the session. If it fails for want of one, renews, and runs it once more. */
export async function runWithAuth<T>(work: () => Promise<T>, renews: Renewing): Promise<T> {
  const done = await work().catch(async (error: unknown) => {
    if (isAuthError(error) && (await renews())) return again;
    throw error;
  });
  const isRefused = done === again || (isAuthError(done) && (await renews()));
  return isRefused ? work() : (done as T);
}

const again = Symbol("again");

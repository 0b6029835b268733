import type { Connection, Fetch } from "./connection.ts";
import { pageOrigin } from "./environment.ts";
import { isAuthError } from "./result.ts";

/** What a client asks for when somebody was refused: to renew the credential. */
export interface Renewing {
  /** @returns whether there is a session still. */
  (): Promise<boolean>;
}

/**
 * `fetch` with what proves who is asking. A 401 may mean that the credential ran out: then it is renewed, and the
 * request sent once more.
 *
 * @param origins where tokens may go; anybody else would be handed the session.
 */
export function authorizedFetch(
  connection: Connection,
  origins: readonly (string | undefined)[],
  renews: Renewing,
): Fetch {
  const { fetch, credentials, tokens } = connection;
  const send = async (request: Request): Promise<Response> => {
    const { Authorization } = await connection.authorization();
    if (Authorization !== undefined) request.headers.set("Authorization", Authorization);
    return fetch(request);
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
    const target = new URL(input instanceof Request ? input.url : String(input), here);
    const allowed = target.origin === here || origins.includes(target.origin);
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
    return response.status === 401 && (await isRenewed(sentAt)) ? send(again) : response;
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

import type { Connection, Fetch } from "./connection.ts";
import { pageOrigin } from "./environment.ts";

/**
 * `fetch` with what proves who is asking. A 401 may mean that the credential ran out: then it is renewed, and the
 * request sent once more.
 *
 * @param origins where tokens may go; anybody else would be handed the session.
 * @param renews renews the credential. @returns whether there is a session still.
 */
export function authorizedFetch(
  connection: Connection,
  origins: readonly (string | undefined)[],
  renews: () => Promise<boolean>,
): Fetch {
  const { fetch, credentials, tokens } = connection;
  const send = async (request: Request): Promise<Response> => {
    const { Authorization } = await connection.authorization();
    if (Authorization !== undefined && !request.headers.has("Authorization"))
      request.headers.set("Authorization", Authorization);
    return fetch(request);
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
    // A body can be read once, and this one may have to be sent twice.
    const again = request.clone();
    const response = await send(request);
    return response.status === 401 && (await renews()) ? send(again) : response;
  };
}

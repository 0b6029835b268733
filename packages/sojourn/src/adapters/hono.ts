import type { BaseUser } from "../domain/principal.ts";
import { uncached } from "../http/problem.ts";
import type { ProtectOptions } from "../http/verbs.ts";
import { type AdapterAuth, RequestAuth } from "./request-auth.ts";
import { isOwnPath } from "./web-request.ts";

export type { AdapterAuth, RequestAuth } from "./request-auth.ts";

/** What is needed of a context of Hono 4, whichever copy of it the app has. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  header(name: string, value: string, options?: { readonly append?: boolean }): void;
  /** Takes a body and a status, which Hono's types know as one of a list. */
  readonly newResponse: (body: never, status?: never) => Response;
}

/** A middleware of Hono 4. */
export type HonoMiddleware = (
  context: HonoContext,
  next: () => Promise<void>,
) => Promise<Response | undefined>;

/** How Sojourn finds its way in an app. */
export interface HonoOptions {
  /** The address of the socket's peer. Default: as `@hono/node-server` and Bun tell it, else unknown. */
  readonly peer?: (context: HonoContext) => string | null;
}

/** Sojourn in a Hono app. */
export interface HonoAdapter<User extends BaseUser, Extra extends object> {
  /** Answers Sojourn's routes, and opens the session of all other requests. Put it before what asks for sessions. */
  readonly middleware: HonoMiddleware;
  /** Lets a request through whose session is enough; else it answers 401, 403 or 503, or sends to the sign-in page. */
  guard(options?: ProtectOptions): HonoMiddleware;
  /** The session of a request. Reading it costs nothing until it is asked. @throws {TypeError} if the middleware has not run. */
  of(context: HonoContext): RequestAuth<User, Extra>;
}

/**
 * Brings Sojourn to Hono 4, wherever it runs.
 *
 * ```ts
 * const session = toHono(auth);
 * app.use(session.middleware);
 * app.get("/me", session.guard(), (c) => c.json(session.of(c).live.user));
 * ```
 */
export function toHono<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
  { peer = peerOf }: HonoOptions = {},
): HonoAdapter<User, Extra> {
  const opened = new WeakMap<Request, RequestAuth<User, Extra>>();
  const of = ({ req }: HonoContext): RequestAuth<User, Extra> => {
    const found = opened.get(req.raw);
    if (found !== undefined) return found;
    throw new TypeError("This request has no session: app.use(session.middleware) has to come before.");
  };
  return {
    of,
    async middleware(context, next) {
      const { raw } = context.req;
      if (isOwnPath(new URL(raw.url).pathname, auth.basePath))
        return beside(context, await auth.handler(raw, { ip: peer(context) }));
      const cookies: string[] = [];
      const write = (more: readonly string[]): void => void cookies.push(...more);
      opened.set(raw, new RequestAuth(auth, { source: raw, peer: peer(context), write }));
      await next();
      for (const cookie of cookies) context.header("Set-Cookie", cookie, { append: true });
      // No cache may keep what carries a cookie, whatever the route says of itself.
      if (cookies.length > 0) for (const [name, value] of uncached) context.header(name, value);
      return undefined;
    },
    guard: (options) => async (context, next) => {
      const refused = await of(context).protect(options);
      if (refused === null) await next();
      return refused ?? undefined;
    },
  };
}

/** The response with what the app has set before: a bare one would leave that out. */
function beside(context: HonoContext, { headers, body, status }: Response): Response {
  for (const [name, value] of headers) context.header(name, value, { append: name === "set-cookie" });
  return context.newResponse(body as never, status as never);
}

/** What servers put into `env` by which the address can be found. */
interface Environment {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string } };
  readonly requestIP?: unknown;
  readonly server?: object;
}

interface BunServer {
  requestIP(request: Request): { readonly address: string } | null;
}

/** Node's server hands on the socket, Bun's itself or in a field. */
function peerOf({ env, req }: HonoContext): string | null {
  const environment = (env ?? {}) as Environment;
  const server = environment.server ?? environment;
  if ("requestIP" in server) return (server as BunServer).requestIP(req.raw)?.address ?? null;
  return environment.incoming?.socket?.remoteAddress ?? null;
}

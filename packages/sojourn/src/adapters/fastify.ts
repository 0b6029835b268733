import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { BaseUser } from "../domain/principal.ts";
import { problemResponse, uncached } from "../http/problem.ts";
import type { ProtectOptions, RequestSource } from "../http/verbs.ts";
import { unreadable } from "./node.ts";
import { toRequest } from "./node-request.ts";
import { type AdapterAuth, RequestAuth } from "./request-auth.ts";

export type { AdapterAuth, RequestAuth } from "./request-auth.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The request's session. `of(request)` is the same, and knows the app's own type of users. */
    readonly auth: RequestAuth;
  }
}

/** Sojourn in a Fastify app. */
export interface FastifyAdapter<User extends BaseUser, Extra extends object> {
  /** Answers Sojourn's routes, and opens the session of all other requests as `request.auth`. Register it before your routes. */
  readonly plugin: (app: FastifyInstance) => Promise<void>;
  /**
   * A hook for `onRequest` or `preHandler`: lets a request through whose session is enough; else it answers 401, 403 or 503, or
   * sends to the sign-in page.
   */
  guard(options?: ProtectOptions): (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  /** The session of a request. Reading it costs nothing until it is asked. @throws {TypeError} if the plugin is not registered. */
  of(request: FastifyRequest): RequestAuth<User, Extra>;
}

/**
 * Brings Sojourn to Fastify 5. Its routes read their bodies by themselves, whatever parsers the app has.
 *
 * ```ts
 * const session = toFastify(auth);
 * await app.register(session.plugin);
 * app.get("/me", { onRequest: session.guard() }, (request) => session.of(request).live.user);
 * ```
 */
export function toFastify<User extends BaseUser, Extra extends object>(
  auth: AdapterAuth<User, Extra>,
): FastifyAdapter<User, Extra> {
  const opened = new WeakMap<object, RequestAuth<User, Extra>>();
  const withCookies = new WeakSet<FastifyReply>();

  function open(request: FastifyRequest, reply: FastifyReply): void {
    const { method, originalUrl: url, raw, socket } = request;
    const source = { headers: raw.headers, method, url, socket } as RequestSource;
    const write = (cookies: readonly string[]): void => {
      for (const cookie of cookies) reply.header("Set-Cookie", cookie);
      withCookies.add(reply);
    };
    opened.set(raw, new RequestAuth(auth, { source, peer: socket.remoteAddress ?? null, write }));
  }

  const of = ({ raw }: FastifyRequest): RequestAuth<User, Extra> => {
    const found = opened.get(raw);
    if (found !== undefined) return found;
    throw new TypeError("This request has no session: app.register(session.plugin) has to come first.");
  };

  async function answer({ raw, originalUrl, socket }: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const request = toRequest(raw, gone.signal, originalUrl);
    if (request === null) return reply.send(problemResponse(unreadable()));
    return reply.send(await auth.handler(request, { ip: socket.remoteAddress ?? null }));
  }

  async function plugin(app: FastifyInstance): Promise<void> {
    app.decorateRequest("auth", {
      getter(this: FastifyRequest) {
        return of(this) as unknown as RequestAuth;
      },
    });
    app.addHook("onRequest", async (request, reply) => open(request, reply));
    // No cache may keep what carries a cookie, whatever the route says of itself.
    app.addHook("onSend", async (_request, reply) => {
      if (withCookies.has(reply)) for (const [name, value] of uncached) reply.header(name, value);
    });
    await app.register(async (routes) => {
      routes.removeAllContentTypeParsers();
      routes.addContentTypeParser("*", (_request, _payload, done) => done(null));
      routes.all(auth.basePath, answer);
      routes.all(`${auth.basePath}/*`, answer);
    });
  }
  // What it decorates and hooks is for the whole app, as with fastify-plugin.
  return { plugin: Object.assign(plugin, { [Symbol.for("skip-override")]: true }), of, guard };

  function guard(options?: ProtectOptions): ReturnType<FastifyAdapter<User, Extra>["guard"]> {
    return async (request, reply) => {
      const refused = await of(request).protect(options);
      return refused === null ? undefined : reply.send(refused);
    };
  }
}

import type { FastifyReply } from "fastify";
import { caching } from "../http/problem.ts";
import { mergeCookies } from "../http/response-cookies.ts";
import { isUncached, keepUncached } from "./node-response.ts";

/** Adds Set-Cookie values to a reply, in the place of those with the same names. No cache may keep it then. */
export function addCookies(reply: FastifyReply, cookies: readonly string[]): void {
  if (cookies.length === 0) return;
  const before = [reply.getHeader("set-cookie") ?? []].flat().map(String);
  void reply.removeHeader("set-cookie").header("set-cookie", mergeCookies(before, cookies));
  keepUncached(reply.raw);
}

/** Fastify by itself would add cookies to others of the same names, and a hook of the app could let caches keep the rest. */
export function send(reply: FastifyReply, { status, headers, body }: Response): FastifyReply {
  for (const [name, value] of headers) if (name !== "set-cookie") reply.header(name, value);
  addCookies(reply, headers.getSetCookie());
  if (isUncached(headers.get("cache-control"))) keepUncached(reply.raw);
  return reply.code(status).send(body);
}

/** Keeps a reply out of caches, unless the app says something of its caching itself. */
export function keepPrivate(reply: FastifyReply): void {
  if (!reply.raw.headersSent && !reply.hasHeader(caching.name)) reply.header(caching.name, caching.value);
}

import { createFileRoute } from "@tanstack/react-router";
import type { RequestAuth } from "sojourn/tanstack-start";
import { sessionMiddleware } from "#src/session.ts";

async function answer({ context }: { readonly context: { readonly auth: RequestAuth } }): Promise<Response> {
  return (await context.auth.protect()) ?? Response.json({ userId: context.auth.live.user.id });
}

export const Route = createFileRoute("/api/private")({
  server: { middleware: [sessionMiddleware], handlers: { GET: answer, POST: answer } },
});

import { createFileRoute } from "@tanstack/react-router";
import { createMiddleware } from "@tanstack/react-start";
import { sessionMiddleware } from "#src/session.ts";

const fresh = createMiddleware()
  .middleware([sessionMiddleware])
  .server(async ({ context, next }) => {
    const refused = await context.auth.protect({ freshFor: "5m" });
    return refused ?? next({ context: { userId: context.auth.live.user.id } });
  });

export const Route = createFileRoute("/api/fresh")({
  server: {
    middleware: [fresh],
    handlers: { GET: ({ context }) => Response.json({ userId: context.userId }) },
  },
});

import { createFileRoute } from "@tanstack/react-router";
import { sessionMiddleware } from "#src/session.ts";

export const Route = createFileRoute("/api/whoami")({
  server: {
    middleware: [sessionMiddleware],
    handlers: {
      GET: async ({ context }) => {
        const state = await context.auth.read();
        return Response.json({
          status: state.status,
          userId: state.status === "active" ? state.user.id : null,
        });
      },
    },
  },
});

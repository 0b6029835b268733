import { createFileRoute } from "@tanstack/react-router";
import { sessionMiddleware } from "#src/session.ts";

export const Route = createFileRoute("/api/sign-out")({
  server: {
    middleware: [sessionMiddleware],
    handlers: {
      POST: async ({ context }) => {
        await context.auth.signOut();
        return Response.json({});
      },
    },
  },
});

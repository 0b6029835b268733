import { createFileRoute } from "@tanstack/react-router";
import { setCookie, setResponseHeader } from "@tanstack/react-start/server";
import { sessionMiddleware } from "#src/session.ts";

export const Route = createFileRoute("/api/sign-in")({
  server: {
    middleware: [sessionMiddleware],
    handlers: {
      POST: async ({ context, request }) => {
        const { userId } = (await request.json()) as { userId: string };
        setCookie("theme", "dark");
        await context.auth.signIn({ userId, method: "app" });
        setResponseHeader("Cache-Control", "public, s-maxage=600");
        return Response.json({ userId });
      },
    },
  },
});

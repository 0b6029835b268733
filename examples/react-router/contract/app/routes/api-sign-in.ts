import type { ActionFunctionArgs } from "react-router";
import { sessionContext } from "#app/session.server.ts";

export async function action({ context, request }: ActionFunctionArgs) {
  const { userId } = (await request.json()) as { userId: string };
  await context.get(sessionContext).signIn({ userId, method: "app" });
  const headers = { "Set-Cookie": "theme=dark; Path=/", "Cache-Control": "public, s-maxage=600" };
  return Response.json({ userId }, { headers });
}

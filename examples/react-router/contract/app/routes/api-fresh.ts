import type { LoaderFunctionArgs } from "react-router";
import { requireSession } from "sojourn/react-router";
import { sessionContext } from "#app/session.server.ts";

export async function loader(args: LoaderFunctionArgs) {
  const { user } = await requireSession(args, sessionContext, { freshFor: "5m" });
  return Response.json({ userId: user.id });
}

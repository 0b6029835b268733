import type { LoaderFunctionArgs } from "react-router";
import { sessionContext } from "#app/session.server.ts";

export async function loader({ context }: LoaderFunctionArgs) {
  const state = await context.get(sessionContext).read();
  return Response.json({ status: state.status, userId: state.status === "active" ? state.user.id : null });
}

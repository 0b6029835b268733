import type { ActionFunctionArgs } from "react-router";
import { sessionContext } from "#app/session.server.ts";

export async function action({ context }: ActionFunctionArgs) {
  await context.get(sessionContext).signOut();
  return Response.json({});
}

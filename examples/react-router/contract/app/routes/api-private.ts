import type { LoaderFunctionArgs } from "react-router";
import { guard } from "sojourn/react-router";
import { sessionContext } from "#app/session.server.ts";

export const middleware = [guard(sessionContext)];

function answer({ context }: LoaderFunctionArgs) {
  return Response.json({ userId: context.get(sessionContext).live.user.id });
}

export { answer as action, answer as loader };

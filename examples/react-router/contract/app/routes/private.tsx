import { type LoaderFunctionArgs, useLoaderData } from "react-router";
import { guard } from "sojourn/react-router";
import { sessionContext } from "#app/session.server.ts";

export const middleware = [guard(sessionContext)];

export function loader({ context }: LoaderFunctionArgs) {
  return { userId: context.get(sessionContext).live.user.id };
}

export default function Private() {
  return <p>{useLoaderData<typeof loader>().userId}</p>;
}

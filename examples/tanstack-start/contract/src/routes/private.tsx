import { createFileRoute } from "@tanstack/react-router";
import { createServerFn } from "@tanstack/react-start";
import { requireSession, sessionMiddleware } from "#src/session.ts";

const getUserId = createServerFn()
  .middleware([sessionMiddleware])
  .validator((page: string) => page)
  .handler(async ({ context, data: page }) => {
    const { user } = await requireSession(context.auth, { page });
    return user.id;
  });

export const Route = createFileRoute("/private")({
  loader: ({ location }) => getUserId({ data: location.href }),
  component: Private,
});

function Private() {
  return <p>{Route.useLoaderData()}</p>;
}

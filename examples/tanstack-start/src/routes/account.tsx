import { createFileRoute } from "@tanstack/react-router";
import { auth } from "../auth.ts";
import { getAccount } from "../functions.ts";

export const Route = createFileRoute("/account")({
  loader: ({ location }) => getAccount({ data: location.href }),
  component: Account,
  server: {
    handlers: {
      POST: async ({ context, request }) => {
        const refused = await context.auth.protect({ freshFor: "1h" });
        if (refused !== null) return refused;
        const sid = (await request.formData()).get("sid");
        const own = (await auth.sessions.list(context.auth.live.user.id)).find(
          (session) => session.sid === sid,
        );
        if (own !== undefined) await auth.sessions.revoke(own.sid);
        return new Response(null, { status: 303, headers: { Location: "/account" } });
      },
    },
  },
});

function Account() {
  const { email, sessions } = Route.useLoaderData();
  return (
    <>
      <h1>Account</h1>
      <p>{`Signed in as ${email}.`}</p>
      <ul>
        {sessions.map(({ sid, current, device, lastSeenAt }) => (
          <li key={sid}>
            {device}, last seen {lastSeenAt}{" "}
            {current ? (
              "(this one)"
            ) : (
              <form method="post" action="/account">
                <button name="sid" value={sid}>
                  Sign out there
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

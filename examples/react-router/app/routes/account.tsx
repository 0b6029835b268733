import { type ActionFunctionArgs, type LoaderFunctionArgs, useLoaderData } from "react-router";
import { guard, requireSession } from "sojourn/react-router";
import { auth } from "../auth.server.ts";
import { sessionContext } from "../session.server.ts";

export const middleware = [guard(sessionContext)];

export async function loader({ context }: LoaderFunctionArgs) {
  const { session, user } = context.get(sessionContext).live;
  return { user, sessions: await auth.sessions.list(user.id, { currentSid: session.sid }) };
}

export async function action(args: ActionFunctionArgs) {
  const { user } = await requireSession(args, sessionContext, { freshFor: "1h" });
  const sid = (await args.request.formData()).get("sid");
  const own = (await auth.sessions.list(user.id)).find((session) => session.sid === sid);
  if (own !== undefined) await auth.sessions.revoke(own.sid);
  return null;
}

export default function Account() {
  const { user, sessions } = useLoaderData<typeof loader>();
  return (
    <>
      <title>Account</title>
      <h1>Account</h1>
      <p>{`Signed in as ${user.email}.`}</p>
      <ul>
        {sessions.map(({ sid, current, device, lastSeenAt }) => (
          <li key={sid}>
            {device.name}, last seen {lastSeenAt}{" "}
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

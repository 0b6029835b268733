import { ActiveSessions } from "sojourn/react/parts";
import { auth, requireSession } from "../../../lib/auth";
import { end } from "../actions";

/** Twice the same: rendered on the server with an action that needs no script, and the part that keeps itself up to date. */
export default async function Sessions() {
  const { session, user } = await requireSession();
  const sessions = await auth.sessions.list(user.id, { currentSid: session.sid });
  return (
    <>
      <h1>Your sessions</h1>
      <ul>
        {sessions.map(({ sid, device, current }) => (
          <li key={sid}>
            {device.name} {current ? "(here)" : null}
            <form action={end}>
              <input name="sid" type="hidden" value={sid} />
              <button>Sign out</button>
            </form>
          </li>
        ))}
      </ul>
      <ActiveSessions />
    </>
  );
}

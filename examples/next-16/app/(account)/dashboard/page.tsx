import { requireSession } from "../../../lib/auth";
import { endEverything, leave } from "../actions";

/** Rendered for each request. The proxy has looked before, and the page does not rely on that. */
export default async function Dashboard() {
  const { session, user } = await requireSession();
  return (
    <>
      <h1>Hello, {user.email}</h1>
      <p>
        You signed in with {session.method} at <time>{session.createdAt}</time>.
      </p>
      <form action={leave}>
        <button>Sign out</button> <button formAction={endEverything}>Sign out everywhere</button>
      </form>
    </>
  );
}

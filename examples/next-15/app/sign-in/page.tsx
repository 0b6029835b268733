import { getSession } from "../../lib/auth";

interface Props {
  readonly searchParams: Promise<{
    readonly returnTo?: string;
    readonly reason?: string;
    readonly error?: string;
  }>;
}

/** Plain forms: they work before, and without, any script. */
export default async function SignIn({ searchParams }: Props) {
  const { returnTo = "/dashboard", reason, error } = await searchParams;
  const live = await getSession();
  return (
    <>
      <h1>Sign in</h1>
      {live !== null && <p>You are signed in as {live.user.email}.</p>}
      {reason !== undefined && <p role="status">Your session is over ({reason.replaceAll("_", " ")}).</p>}
      {error !== undefined && <p role="alert">That did not work.</p>}
      <form action="/auth/sign-in/password" method="post">
        <label>
          E-mail <input name="email" type="email" autoComplete="username" required />
        </label>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <label>
          <input name="remember" type="checkbox" value="true" /> Stay signed in
        </label>
        <input name="returnTo" type="hidden" value={returnTo} />
        <button>Sign in</button> <button formAction="/auth/sign-up/password">Make an account</button>
      </form>
    </>
  );
}

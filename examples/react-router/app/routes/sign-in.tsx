import { useSearchParams } from "react-router";

export default function SignIn() {
  const [search] = useSearchParams();
  return (
    <>
      <title>Sign in</title>
      <h1>Sign in</h1>
      <form method="post" action="/auth/sign-in/password">
        <label>
          Address <input type="email" name="email" autoComplete="username" required />
        </label>{" "}
        <label>
          Password <input type="password" name="password" autoComplete="current-password" required />
        </label>{" "}
        <label>
          <input type="checkbox" name="remember" /> Stay signed in
        </label>
        <input type="hidden" name="returnTo" value={search.get("returnTo") ?? "/account"} />
        <button>Sign in</button> <button formAction="/auth/sign-up/password">Sign up</button>
      </form>
    </>
  );
}

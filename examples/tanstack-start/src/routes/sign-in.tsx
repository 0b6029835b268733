import { createFileRoute } from "@tanstack/react-router";

interface Search {
  readonly returnTo?: string;
}

export const Route = createFileRoute("/sign-in")({
  validateSearch: ({ returnTo }: Record<string, unknown>): Search =>
    typeof returnTo === "string" ? { returnTo } : {},
  component: SignIn,
});

function SignIn() {
  const { returnTo = "/account" } = Route.useSearch();
  return (
    <>
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
        <input type="hidden" name="returnTo" value={returnTo} />
        <button>Sign in</button> <button formAction="/auth/sign-up/password">Sign up</button>
      </form>
    </>
  );
}

import { createRootRoute, HeadContent, Outlet, Scripts } from "@tanstack/react-router";
import { SessionProvider, SignedIn, SignedOut } from "sojourn/react";
import { client } from "../auth-client.ts";
import { getSnapshot } from "../functions.ts";

export const Route = createRootRoute({
  head: () => ({
    meta: [
      { charSet: "utf-8" },
      { name: "viewport", content: "width=device-width" },
      { title: "Sojourn in TanStack Start" },
    ],
  }),
  loader: () => getSnapshot(),
  component: App,
});

function App() {
  return (
    <html lang="en">
      <head>
        <HeadContent />
      </head>
      <body>
        <SessionProvider client={client} initial={Route.useLoaderData()}>
          <nav>
            <a href="/">Home</a>{" "}
            <SignedIn>
              {({ user }) => (
                <>
                  {user.email} <a href="/account">Account</a>
                  <form method="post" action="/auth/sign-out">
                    <input type="hidden" name="returnTo" value="/" />
                    <button>Sign out</button>
                  </form>
                </>
              )}
            </SignedIn>
            <SignedOut>
              <a href="/sign-in">Sign in</a>
            </SignedOut>
          </nav>
          <Outlet />
        </SessionProvider>
        <Scripts />
      </body>
    </html>
  );
}

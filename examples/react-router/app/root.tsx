import type { ReactNode } from "react";
import {
  Links,
  type LoaderFunctionArgs,
  Meta,
  Outlet,
  Scripts,
  ScrollRestoration,
  useLoaderData,
} from "react-router";
import { SessionProvider, SignedIn, SignedOut } from "sojourn/react";
import { sessionMiddleware } from "sojourn/react-router";
import { auth } from "./auth.server.ts";
import { client } from "./client.ts";
import { sessionContext } from "./session.server.ts";

export const middleware = [sessionMiddleware(auth, sessionContext)];

export async function loader({ context }: LoaderFunctionArgs) {
  return { snapshot: await context.get(sessionContext).snapshot() };
}

export function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <ScrollRestoration />
        <Scripts />
      </body>
    </html>
  );
}

export default function App() {
  const { snapshot } = useLoaderData<typeof loader>();
  return (
    <SessionProvider client={client} initial={snapshot}>
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
  );
}

import { createAuth } from "sojourn";
import { toNext } from "sojourn/next";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";

export const auth = createAuth({
  baseURL: process.env.APP_URL ?? "http://localhost:3000",
  store: sqlite(process.env.DATABASE ?? "app.db"),
  secret: process.env.SESSION_SECRET,
  strategy: "hybrid",
  session: { accessTokenTtl: Number(process.env.ACCESS_TTL ?? 900) },
  // What pages greet with is in the token, and costs no look-up.
  jwt: { fields: ["email"] },
  login: [password()],
  redirects: { signIn: "/sign-in", signedIn: "/dashboard", signedOut: "/" },
});

export const { getSession, requireSession, snapshot, signOut, revoke, protect } = toNext(auth);

import { createAuth } from "sojourn";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";

export const auth = createAuth({
  baseURL: process.env["ORIGIN"] ?? "http://127.0.0.1:3000",
  secret: process.env["SESSION_SECRET"],
  store: sqlite("app.db"),
  login: [password()],
  redirects: { signIn: "/sign-in" },
});

import { createAuth } from "sojourn";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";

export const auth = createAuth({
  store: sqlite("app.db"),
  login: [password()],
  redirects: { signIn: "/sign-in" },
});

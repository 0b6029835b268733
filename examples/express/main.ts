import express from "express";
import { createAuth } from "sojourn";
import { accountPage, homePage, signInPage } from "sojourn-example-pages";
import { toExpress } from "sojourn/express";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";

const auth = createAuth({
  store: sqlite(process.env["DATABASE"] ?? "app.db"),
  login: [password()],
  redirects: { signIn: "/sign-in" },
});
const session = toExpress(auth);

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use(session.middleware);

app.get("/", async (request, response) => {
  const live = await session.of(request).getSession();
  response.send(homePage(live?.user.email ?? null));
});

app.get("/sign-in", (request, response) => {
  const { returnTo } = request.query;
  response.send(signInPage(typeof returnTo === "string" ? returnTo : "/account"));
});

app.get("/account", session.guard(), async (request, response) => {
  const { user, session: current } = session.of(request).live;
  const sessions = await auth.sessions.list(user.id, { currentSid: current.sid });
  response.send(accountPage(user.email, sessions));
});

app.post("/account/sign-out-device", session.guard(), async (request, response) => {
  const { sid } = request.body as { sid?: string };
  const own = await auth.sessions.list(session.of(request).live.user.id);
  const found = own.find((one) => one.sid === sid);
  if (found !== undefined) await auth.sessions.revoke(found.sid);
  response.redirect(303, "/account");
});

app.get("/api/me", session.guard(), (request, response) => {
  response.json(session.of(request).live.user);
});

app.use(session.errors);

const server = app.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1", () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : ""}`);
});

import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createAuth } from "sojourn";
import { accountPage, homePage, signInPage } from "sojourn-example-pages";
import { toHono } from "sojourn/hono";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";

const auth = createAuth({
  store: sqlite(process.env["DATABASE"] ?? "app.db"),
  login: [password()],
  redirects: { signIn: "/sign-in" },
});
const session = toHono(auth);

const app = new Hono();
app.use(session.middleware);

app.get("/", async (c) => {
  const live = await session.of(c).getSession();
  return c.html(homePage(live?.user.email ?? null));
});

app.get("/sign-in", (c) => c.html(signInPage(c.req.query("returnTo") ?? "/account")));

app.get("/account", session.guard(), async (c) => {
  const { user, session: current } = session.of(c).live;
  const sessions = await auth.sessions.list(user.id, { currentSid: current.sid });
  return c.html(accountPage(user.email, sessions));
});

app.post("/account/sign-out-device", session.guard(), async (c) => {
  const { sid } = await c.req.parseBody();
  const own = await auth.sessions.list(session.of(c).live.user.id);
  const found = own.find((one) => one.sid === sid);
  if (found !== undefined) await auth.sessions.revoke(found.sid);
  return c.redirect("/account", 303);
});

app.get("/api/me", session.guard(), (c) => c.json(session.of(c).live.user));

serve({ fetch: app.fetch, port: Number(process.env["PORT"] ?? 3000), hostname: "127.0.0.1" }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);

import formBody from "@fastify/formbody";
import fastify from "fastify";
import { createAuth } from "sojourn";
import { accountPage, homePage, signInPage } from "sojourn-example-pages";
import { toFastify } from "sojourn/fastify";
import { password } from "sojourn/password";
import { sqlite } from "sojourn/sqlite";

const auth = createAuth({
  store: sqlite(process.env["DATABASE"] ?? "app.db"),
  login: [password()],
  redirects: { signIn: "/sign-in" },
});
const session = toFastify(auth);

const app = fastify();
await app.register(formBody);
await app.register(session.plugin);

app.get("/", async (request, reply) => {
  const live = await session.of(request).getSession();
  return reply.type("text/html").send(homePage(live?.user.email ?? null));
});

app.get<{ Querystring: { returnTo?: string } }>("/sign-in", async (request, reply) =>
  reply.type("text/html").send(signInPage(request.query.returnTo ?? "/account")),
);

app.get("/account", { onRequest: session.guard() }, async (request, reply) => {
  const { user, session: current } = session.of(request).live;
  const sessions = await auth.sessions.list(user.id, { currentSid: current.sid });
  return reply.type("text/html").send(accountPage(user.email, sessions));
});

app.post<{ Body: { sid?: string } }>(
  "/account/sign-out-device",
  { onRequest: session.guard() },
  async (request, reply) => {
    const { sid } = request.body;
    const own = await auth.sessions.list(session.of(request).live.user.id);
    const found = own.find((one) => one.sid === sid);
    if (found !== undefined) await auth.sessions.revoke(found.sid);
    return reply.redirect("/account", 303);
  },
);

app.get("/api/me", { onRequest: session.guard() }, (request) => session.of(request).live.user);

console.log(await app.listen({ port: Number(process.env["PORT"] ?? 3000), host: "127.0.0.1" }));

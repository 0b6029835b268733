import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createApp,
  createError,
  createRouter,
  defineEventHandler,
  readBody,
  sendRedirect,
  setCookie,
  setResponseHeader,
  toNodeListener,
} from "h3";
import { afterAll, describe, expect, it } from "vitest";
import type { Auth } from "../auth.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import { adapterContract } from "../testing/index.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import { guarded, refusePage, type RequestAuthOf, sessionHandler } from "./nuxt.ts";

const auth: Auth<StoredUser> = contractAuth();

declare module "h3" {
  interface H3EventContext {
    auth: RequestAuthOf<typeof auth>;
  }
}

const whoami = defineEventHandler(async ({ context }) => {
  const state = await context.auth.read();
  return { status: state.status, userId: state.status === "active" ? state.user.id : null };
});

const signIn = defineEventHandler(async (event) => {
  const { userId } = await readBody<{ userId: string }>(event);
  await event.context.auth.read();
  setCookie(event, "theme", "dark");
  await event.context.auth.signIn({ userId, method: "app" });
  setResponseHeader(event, "Cache-Control", "public, s-maxage=600");
  return { userId: (await event.context.auth.getSession())?.user.id };
});

const signOut = defineEventHandler(async ({ context }) => {
  await context.auth.read();
  await context.auth.signOut();
  return {};
});

const who = guarded(({ context }: Parameters<typeof whoami>[0]) => ({ userId: context.auth.live.user.id }));
const fresh = guarded(
  ({ context }: Parameters<typeof whoami>[0]) => ({ userId: context.auth.live.user.id }),
  { freshFor: "5m" },
);

/** As Nuxt does it for its pages, when their middleware calls `navigateTo` or `abortNavigation`. */
const page = defineEventHandler(async (event) => {
  const refused = await refusePage(event);
  if (refused === null) return `<p>${event.context.auth.live.user.id}</p>`;
  if (refused.location === null) throw createError({ statusCode: refused.statusCode });
  return sendRedirect(event, refused.location, refused.statusCode);
});

/** An app as Nitro 2 makes one of the files of `server/`. */
const app = createApp()
  .use(defineEventHandler(sessionHandler(auth)))
  .use(
    createRouter()
      .get("/api/whoami", whoami)
      .get("/api/private", defineEventHandler(who))
      .post("/api/private", defineEventHandler(who))
      .get("/api/fresh", defineEventHandler(fresh))
      .get("/private", page)
      .post("/api/sign-in", signIn)
      .post("/api/sign-out", signOut),
  );

adapterContract({
  name: "Nitro and h3",
  describe,
  it,
  afterAll,
  async serve() {
    const server = createServer(toNodeListener(app));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: async () => {
        server.closeAllConnections();
        server.close();
        await auth.close();
      },
    };
  },
});

describe("a guard of Nuxt's", () => {
  it("says what is missing where no middleware has opened the request", async () => {
    const event = { context: {} } as Parameters<typeof who>[0];
    await expect(who(event)).rejects.toThrow(/server\/middleware/);
  });
});

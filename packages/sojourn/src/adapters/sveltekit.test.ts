import * as kit from "@sveltejs/kit";
import type { Handle } from "@sveltejs/kit/hooks";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { StoredUser } from "../ports/user-directory.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import {
  handleSession,
  pageGuard,
  type RequestAuth,
  type RequestAuthOf,
  type SvelteKitEvent,
} from "./sveltekit.ts";

const auth = contractAuth();
const handle = handleSession(auth);
const requireSession = pageGuard(kit);

type Event = SvelteKitEvent & { readonly locals: { auth: RequestAuthOf<typeof auth> } };

function eventOf(
  path: string,
  { isDataRequest = false, headers = {} as Record<string, string> } = {},
): Event {
  const request = new Request(`http://localhost${path}`, { headers });
  return {
    request,
    url: new URL(request.url),
    isDataRequest,
    locals: {} as Event["locals"],
    getClientAddress: () => "192.0.2.1",
  };
}

/** What a page's `load` throws, and the headers that its response has in the end. */
async function loading(event: Event): Promise<{ thrown: unknown; headers: Headers }> {
  let thrown: unknown = null;
  const { headers } = await handle({
    event,
    async resolve() {
      thrown = await requireSession(event).catch((reason: unknown) => reason);
      return new Response("what SvelteKit makes of it", {
        headers: { "Cache-Control": "s-maxage=60", Vary: "Accept" },
      });
    },
  });
  return { thrown, headers };
}

describe("SvelteKit's handle hook", () => {
  it("has SvelteKit's type, and types locals with the app's user", () => {
    expectTypeOf(handle).toExtend<Handle>();
    expectTypeOf<RequestAuthOf<typeof auth>>().toEqualTypeOf<RequestAuth<StoredUser>>();
    expectTypeOf(requireSession<StoredUser, object>).returns.resolves.toHaveProperty("user");
  });

  it("puts cookies beside the app's own, also into a redirect whose headers are locked", async () => {
    const { id } = await signedUp();
    const event = eventOf("/welcome");
    const response = await handle({
      event,
      async resolve() {
        await event.locals.auth.signIn({ userId: id, method: "app" });
        return Response.redirect("http://localhost/account", 303);
      },
    });
    expect(response.status).toBe(303);
    expect(response.headers.getSetCookie().length).toBeGreaterThan(1);
    expect(response.headers.get("Cache-Control")).toBe("private, no-store");
  });

  it("works where there is no client, as while a page is prerendered", async () => {
    const event = {
      ...eventOf("/about"),
      getClientAddress: () => {
        throw new Error("cannot be accessed while prerendering");
      },
    };
    const response = await handle({
      event,
      resolve: async () => new Response((await event.locals.auth.read()).status),
    });
    expect(await response.text()).toBe("anonymous");
    expect(response.headers.get("Cache-Control")).toBeNull();
  });
});

describe("SvelteKit's page guard", () => {
  it("sends to the sign-in page when a page is opened, and when the router asks for its data", async () => {
    for (const event of [
      eventOf("/private?tab=1", { headers: { "sec-fetch-mode": "navigate" } }),
      eventOf("/private?tab=1", { headers: { "sec-fetch-mode": "cors" }, isDataRequest: true }),
    ]) {
      const { thrown, headers } = await loading(event);
      expect(kit.isRedirect(thrown) && thrown).toMatchObject({
        status: 303,
        location: "/sign-in?returnTo=%2Fprivate%3Ftab%3D1",
      });
      expect(headers.get("Cache-Control")).toBe("private, no-store");
      expect(headers.get("Vary")).toMatch(/^Accept, Cookie\b/);
    }
  });

  it("is an error of SvelteKit's for anything else, with what the answer has to say", async () => {
    const { thrown, headers } = await loading(eventOf("/private"));
    expect(kit.isHttpError(thrown, 401)).toBe(true);
    expect(headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(headers.get("Content-Type")).toMatch(/^text\/plain/);
  });

  it("says what is missing where no hook has opened the request", async () => {
    const event = eventOf("/private");
    await expect(requireSession(event)).rejects.toThrow(TypeError);
  });

  it("lets in who is signed in", async () => {
    const { id, cookie } = await signedUp();
    expect((await loading(eventOf("/private", { headers: { cookie } }))).thrown).toMatchObject({
      user: { id },
    });
  });
});

let people = 0;

async function signedUp(): Promise<{ id: string; cookie: string }> {
  people += 1;
  const account = { email: `person-${people}@example.com`, password: "correct horse battery" };
  const response = await auth.handler(
    new Request("http://localhost/auth/sign-up/password", {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: "http://localhost" },
      body: JSON.stringify(account),
    }),
  );
  const { user } = (await response.json()) as { user: { id: string } };
  const cookie = response.headers
    .getSetCookie()
    .map((one) => one.split(";", 1)[0])
    .join("; ");
  return { id: user.id, cookie };
}

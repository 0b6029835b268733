import { describe, expect, it } from "vitest";
import type { StoredUser } from "../ports/user-directory.ts";
import type { Browser } from "../http/browser.fixture.ts";
import { createSite, origin, type Site, strategies } from "../http/http-test-kit.fixture.ts";
import { RequestAuth } from "./request-auth.ts";
import { openWebRequest } from "./web-request.ts";

const minute = 60_000;

interface Route {
  (session: RequestAuth<StoredUser>): Promise<void>;
}

/** A route of the app that a browser calls; the browser keeps the cookies of its response. */
async function call(site: Site, browser: Browser, route: Route): Promise<Response> {
  const headers = {
    cookie: browser.cookie,
    "user-agent": browser.userAgent,
    "sec-fetch-site": "same-origin",
  };
  const visit = openWebRequest<StoredUser, object>(
    site.auth,
    new Request(`${origin}/route`, { method: "POST", headers }),
  );
  await route(visit.auth);
  const response = visit.finish(new Response("done"));
  const cookies = response.headers.getSetCookie();
  const names = cookies.map((cookie) => cookie.split("=", 1)[0]);
  expect(names, "CK-05: no name comes twice").toEqual([...new Set(names)]);
  browser.take(cookies);
  return response;
}

async function statusOf(site: Site, browser: Browser): Promise<string> {
  return (await site.auth.authenticate({ headers: { cookie: browser.cookie } }, { maxAge: 0 })).status;
}

async function userOf(session: RequestAuth<StoredUser>): Promise<string | null> {
  return (await session.getSession())?.user.id ?? null;
}

async function newUser(site: Site, email: string): Promise<string> {
  const reply = await site.browser().post("/sign-up/password", { email, password: "correct horse battery" });
  return (reply.body as { user: { id: string } }).user.id;
}

describe.each(strategies)("a request in a %s session", (strategy) => {
  it("that signs somebody in is theirs from then on, whoever's it was", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const userId = await newUser(site, "grace@example.com");
    await call(site, browser, async (session) => {
      expect(await userOf(session)).not.toBe(userId);
      await session.signIn({ userId, method: "link" });
      expect(await userOf(session)).toBe(userId);
      expect(await session.protect()).toBeNull();
      expect(session.live.user.id).toBe(userId);
    });
    expect(await statusOf(site, browser)).toBe("active");
  });

  it("that is first read after a sign-in does not take the new cookies away for the dead ones before", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const userId = await newUser(site, "grace@example.com");
    await call(site, browser, async (session) => {
      await session.signIn({ userId, method: "link" });
      expect(await userOf(session)).toBe(userId);
    });
    expect(await statusOf(site, browser)).toBe("active");
  });

  it("behind a guard that signs somebody else in has their session as its live one", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const userId = await newUser(site, "grace@example.com");
    await call(site, browser, async (session) => {
      expect(await session.protect()).toBeNull();
      await session.signIn({ userId, method: "link" });
      expect(session.live.user.id).toBe(userId);
    });
  });

  it("that signs in and out again leaves nobody signed in", async () => {
    const site = createSite(strategy);
    const browser = site.browser();
    const userId = await newUser(site, "grace@example.com");
    let stolen = "";
    await call(site, browser, async (session) => {
      const { cookies } = await session.signIn({ userId, method: "link" });
      stolen = cookies.map((cookie) => cookie.split(";", 1)[0]).join("; ");
      await session.signOut();
      expect((await session.read()).status).toBe("anonymous");
    });
    expect([...browser.jar.keys()]).toEqual([]);
    if (strategy === "stateless") return;
    expect((await site.auth.authenticate({ headers: { cookie: stolen } }, { maxAge: 0 })).status).toBe(
      "ended",
    );
  });

  it("that has signed out is let through by no guard", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await call(site, browser, async (session) => {
      await session.signOut();
      expect((await session.protect())?.status).toBe(401);
      expect(() => session.live).toThrow(/no guard/);
    });
    expect([...browser.jar.keys()]).toEqual([]);
  });

  it("with dead cookies that a guard refuses after it was read has them removed once", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const headers = { cookie: browser.cookie };
    if (strategy === "stateless") await site.pass(400 * 24 * 60 * minute);
    else await browser.copy().post("/sign-out");
    const written: string[] = [];
    const source = { headers, method: "GET" };
    const write = (cookies: readonly string[]): void => void written.push(...cookies);
    const request = new RequestAuth<StoredUser>(site.auth, { source, peer: null, write });
    const refused = await request.protect();
    expect(refused?.status).toBe(401);
    expect(refused?.headers.getSetCookie()).toEqual([]);
    expect(written).toContainEqual(expect.stringMatching(/^__Host-Http-sojourn=;.*Max-Age=0$/));
  });

  it("with dead cookies can sign in after it was read", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await site.pass(400 * 24 * 60 * minute);
    const userId = await newUser(site, "grace@example.com");
    await call(site, browser, async (session) => {
      expect((await session.read()).status).not.toBe("active");
      await session.signIn({ userId, method: "link" });
    });
    expect(await statusOf(site, browser)).toBe("active");
  });
});

describe("a request whose access token has run out", () => {
  async function due(): Promise<{ readonly site: Site; readonly browser: Browser }> {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    await site.pass(16 * minute);
    site.eventTypes();
    return { site, browser };
  }

  it("and that signs out carries the end, and not the renewal", async () => {
    const { site, browser } = await due();
    await call(site, browser, async (session) => {
      expect((await session.read()).status).toBe("active");
      await session.signOut();
    });
    expect([...browser.jar.keys()]).toEqual([]);
  });

  it("and that signs out while it is still being renewed carries the end as well", async () => {
    const { site, browser } = await due();
    await call(
      site,
      browser,
      async (session) => void (await Promise.all([session.read(), session.signOut()])),
    );
    expect([...browser.jar.keys()]).toEqual([]);
  });

  it("is renewed once, however often it is read and guarded", async () => {
    const { site, browser } = await due();
    await call(site, browser, async (session) => {
      expect(await session.protect()).toBeNull();
      expect((await session.read()).status).toBe("active");
      await site.pass(minute);
      expect(await session.protect({ maxAge: 0 })).toBeNull();
    });
    expect(site.eventTypes().filter((type) => type === "session_renewed")).toHaveLength(1);
    expect(await statusOf(site, browser)).toBe("active");
  });

  it("is not renewed once the response is finished: its cookies would reach nobody", async () => {
    const { site, browser } = await due();
    const request = new Request(origin, { headers: { cookie: browser.cookie } });
    const visit = openWebRequest<StoredUser, object>(site.auth, request);
    visit.finish(new Response());
    expect(await visit.auth.read()).toMatchObject({ status: "active", renewal: "due" });
    expect(site.eventTypes()).not.toContain("session_renewed");
  });
});

describe("a response that is finished", () => {
  it("begins no session whose cookies could not be set any more", async () => {
    const site = createSite("stateful");
    const userId = await newUser(site, "grace@example.com");
    site.eventTypes();
    const visit = openWebRequest<StoredUser, object>(site.auth, new Request(origin));
    visit.finish(new Response());
    await expect(visit.auth.signIn({ userId, method: "link" })).rejects.toThrow(/before the response begins/);
    expect(site.eventTypes()).toEqual([]);
  });
});

describe("a session of the header transport", () => {
  it("is the request's from the sign-in on", async () => {
    const site = createSite("stateful", { transports: ["cookie", "header"] });
    const browser = site.browser();
    const userId = await newUser(site, "grace@example.com");
    let token: string | undefined;
    await call(site, browser, async (session) => {
      const { credentials } = await session.signIn({ userId, method: "link" }, { transport: "header" });
      token = credentials?.access;
      expect(await userOf(session)).toBe(userId);
      await session.signOut();
    });
    const headers = { authorization: `Bearer ${token}` };
    expect((await site.auth.authenticate({ headers })).status).toBe("ended");
  });
});

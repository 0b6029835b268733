import { describe, expect, expectTypeOf, it } from "vitest";
import type { StoredUser } from "../ports/user-directory.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import { RequestAuth, type RequestAuthOf } from "./request-auth.ts";

const auth = contractAuth();
const minute = 60_000;

/** What the handler answers to a POST of its own site. */
function post(path: string, body: object = {}): Promise<Response> {
  const headers = { "Content-Type": "application/json", Origin: "http://localhost" };
  return auth.handler(
    new Request(`http://localhost${path}`, { method: "POST", headers, body: JSON.stringify(body) }),
  );
}

let people = 0;

/** The cookies of somebody who has just signed up. */
async function signedUp(): Promise<string> {
  people += 1;
  const account = {
    email: `person-${people}@example.com`,
    password: "correct horse battery",
    remember: true,
  };
  const response = await post("/auth/sign-up/password", account);
  return response.headers
    .getSetCookie()
    .map((one) => one.split(";", 1)[0])
    .join("; ");
}

function opened(cookie: string, page: string | null = null) {
  const written: string[] = [];
  const source = { headers: { cookie, "sec-fetch-mode": "cors" }, method: "GET", url: "/reports.data" };
  const write = (cookies: readonly string[]): void => void written.push(...cookies);
  return { opened: new RequestAuth(auth, { source, peer: null, write, page }), written };
}

describe("the session of a request", () => {
  it("has the types of the auth that it is of", () => {
    expectTypeOf<RequestAuthOf<typeof auth>>().toEqualTypeOf<RequestAuth<StoredUser>>();
  });

  it("gives a page what its client starts with, and advises it to renew nothing that was just renewed", async () => {
    const cookie = await signedUp();
    await post(`/auth/contract/pass?ms=${16 * minute}`);
    const request = opened(cookie);
    const snapshot = await request.opened.snapshot();
    expect(snapshot).toMatchObject({ user: { role: "user" } });
    const { serverTime, renewal } = snapshot!;
    expect(Date.parse(renewal!.at) - Date.parse(serverTime)).toBe(14 * minute);
    expect(request.written.join()).toContain("sojourn-refresh=");
    expect(await opened("").opened.snapshot()).toBeNull();
  });

  it.each([
    ["reads it and then is guarded", ["read", "protect"]],
    ["is guarded and then reads it", ["protect", "read"]],
    ["does both at once", ["both"]],
    ["asks the store itself after that", ["read", "fresh"]],
    ["asks the store itself before that", ["fresh", "read"]],
  ])("is renewed once where a page %s", async (_, steps) => {
    const cookie = await signedUp();
    await post(`/auth/contract/pass?ms=${16 * minute}`);
    const { opened: session, written } = opened(cookie);
    const act = {
      read: async () => expect((await session.read()).status).toBe("active"),
      protect: async () => expect(await session.protect()).toBeNull(),
      fresh: async () => expect(await session.protect({ maxAge: 0 })).toBeNull(),
      both: async () => void (await Promise.all([session.protect(), session.read(), session.protect()])),
    };
    for (const step of steps) await act[step as keyof typeof act]();
    expect(session.live.user.role).toBe("user");
    expect(written.map((one) => one.split("=", 1)[0]).toSorted()).toEqual([
      "sojourn",
      "sojourn-hint",
      "sojourn-refresh",
    ]);
  });

  it("clears dead cookies once, and leaves that to the response where it cannot write", async () => {
    const { opened: session, written } = opened("sojourn=no-token");
    expect((await session.protect())?.headers.getSetCookie()).toEqual([]);
    await session.read();
    const names = written.map((one) => one.split("=", 1)[0]);
    expect(names).toContain("sojourn");
    expect(names).toEqual([...new Set(names)]);
    const source = { headers: { cookie: "sojourn=no-token" }, method: "GET", url: "/" };
    const rendering = new RequestAuth(auth, { source, peer: null, write: null });
    expect((await rendering.protect())?.headers.getSetCookie()).toEqual(written);
  });

  it("refuses what another site makes a browser send before it renews anything", async () => {
    const cookie = await signedUp();
    await post(`/auth/contract/pass?ms=${16 * minute}`);
    const written: string[] = [];
    const headers = { cookie, origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    const session = new RequestAuth(auth, {
      source: { headers, method: "POST", url: "/" },
      peer: null,
      write: (cookies) => void written.push(...cookies),
    });
    expect((await session.protect())?.status).toBe(403);
    expect(written).toEqual([]);
  });

  it("shows the page in an outage as well, and lets its client ask later", async () => {
    const cookie = await signedUp();
    await post(`/auth/contract/pass?ms=${16 * minute}`);
    await post("/auth/contract/outage?on=true");
    const snapshot = await opened(cookie).opened.snapshot();
    await post("/auth/contract/outage?on=false");
    expect(snapshot).toBeUndefined();
  });

  it("sends back to the page that a router in the browser opens, not to the request for its data", async () => {
    const refused = await opened("", "/reports?year=2026").opened.protect();
    expect(refused?.headers.get("Location")).toBe("/sign-in?returnTo=%2Freports%3Fyear%3D2026");
    expect((await opened("").opened.protect())?.status).toBe(401);
  });
});

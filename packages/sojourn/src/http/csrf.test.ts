import { describe, expect, it } from "vitest";
import { contract, type Route } from "../contract/routes.ts";
import { ada, cookieName, createSite, origin, serviceBasic } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const sid = "0197f3a0-0000-7000-8000-000000000000";

/** A body with which each unsafe route would do something. */
const bodies: Readonly<Record<string, unknown>> = {
  signIn: { email, password },
  signUp: { email: "victim@example.com", password },
  signOut: {},
  refresh: {},
  touch: {},
  stepUp: { password },
  changePassword: { currentPassword: password, newPassword: "another phrase" },
  linkIdentity: {},
  impersonate: { userId: "somebody", reason: "Ticket 1" },
  stopImpersonating: {},
  signInExternally: { email },
  signInAnonymously: {},
  introspect: "token=x",
  revokeToken: "token=x",
};
const unsafe = Object.entries(contract as unknown as Record<string, Route<unknown, unknown>>)
  // What providers post is judged by the sign-in that it belongs to.
  .filter(([, { method, fromElsewhere }]) => method !== "GET" && fromElsewhere !== true)
  .flatMap(([name, { method, path, aliases = [], body }]) =>
    [path, ...aliases].map((one) => ({
      method,
      path: one
        .replace(/\{(method|provider)\}/, "password")
        .replace("{sid}", sid)
        .replace("{id}", "any"),
      body: bodies[name],
      type: body === "form" ? "application/x-www-form-urlencoded" : null,
    })),
  );

/** How other sites make a browser send. */
const foreign: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  "a cross-site page": { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
  "a sibling sub-domain": { "sec-fetch-site": "same-site", origin: "https://evil.app.example" },
  "a cross-site page that hides its origin": { "sec-fetch-site": "cross-site", origin: "null" },
  "a cross-site page in a browser without Fetch Metadata": {
    "sec-fetch-site": null,
    origin: "https://evil.example",
  },
  "the same host over plain HTTP": { "sec-fetch-site": "cross-site", origin: "http://app.example" },
  "a browser that strips both headers": { "sec-fetch-site": null, origin: null },
  "a page that makes up a site": { "sec-fetch-site": "same-origin, cross-site", origin: null },
};

describe("CS-03: every route that does something", () => {
  it("has a body in this test", () => {
    expect(unsafe.length).toBeGreaterThanOrEqual(13);
    for (const { method, path, body } of unsafe)
      if (method === "POST") expect(body, path).not.toBe(undefined);
  });

  it.each(Object.keys(foreign))("refuses %s, does nothing, clears nothing and tells", async (who) => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    for (const { method, path, body, type } of unsafe) {
      site.eventTypes();
      const { status, code, cookies } = await browser.send(method, path, body, {
        ...foreign[who],
        ...(type ? { "content-type": type } : {}),
      });
      expect([status, code, cookies], `${method} ${path}`).toEqual([403, "csrf_refused", []]);
      expect(site.eventTypes(), path).toEqual(["csrf_refused"]);
    }
    expect((await browser.get("/me")).status).toBe(200);
    expect((await site.browser().post("/sign-in/password", { email, password })).status).toBe(200);
  });

  it("is open to the site's own pages and to what the user typed", async () => {
    for (const headers of [
      { "sec-fetch-site": "same-origin", origin },
      { "sec-fetch-site": "same-origin", origin: null },
      { "sec-fetch-site": "none", origin: null },
      { "sec-fetch-site": null, origin },
    ]) {
      for (const { method, path, body, type } of unsafe) {
        const site = createSite("stateful");
        const browser = await site.signedUp();
        const { code } = await browser.send(method, path, body, {
          ...headers,
          authorization: serviceBasic,
          ...(type ? { "content-type": type } : {}),
        });
        expect(code, `${method} ${path}`).not.toBe("csrf_refused");
      }
    }
  });

  it("is open to a front end on a host of its own, once that is listed", async () => {
    const front = { "sec-fetch-site": "same-site", origin: "https://www.app.example" };
    const closed = createSite("stateful");
    expect((await closed.browser().send("POST", "/sign-up/password", ada, front)).code).toBe("csrf_refused");
    const open = createSite("stateful", { trustedOrigins: ["https://www.app.example"] });
    expect((await open.browser().send("POST", "/sign-up/password", ada, front)).status).toBe(200);
  });
});

describe("CS-03: signing in from another site (login CSRF)", () => {
  it.each([
    ["a form", "application/x-www-form-urlencoded", new URLSearchParams({ email, password }).toString()],
    ["JSON sent as text", "text/plain", JSON.stringify({ email, password })],
  ])("with %s begins no session in the victim's browser", async (_what, type, body) => {
    const site = createSite("stateful");
    await site.signedUp();
    const victim = site.browser();
    const { code, cookies } = await victim.send("POST", "/sign-in/password", body, {
      "content-type": type,
      "sec-fetch-site": "cross-site",
      origin: "https://evil.example",
    });
    expect([code, cookies]).toEqual(["csrf_refused", []]);
  });

  it("does not even spend a hash on it", async () => {
    const site = createSite("stateful");
    await site.signedUp();
    const before = { ...site.hasher.runs };
    await site
      .browser()
      .send(
        "POST",
        "/sign-in/password",
        { email, password },
        { "sec-fetch-site": "cross-site", origin: "null" },
      );
    expect(site.hasher.runs).toEqual(before);
  });
});

describe("programs that are no browser", () => {
  const bare = { "sec-fetch-site": null, origin: null };

  it("may sign in, and use a bearer token", async () => {
    const site = createSite("hybrid", { transports: ["cookie", "header"] });
    await site.signedUp();
    const program = site.browser("curl/8");
    const { body } = await program.post("/sign-in/password", { email, password, transport: "header" }, bare);
    const { accessToken: token, refreshToken } = body.tokens;
    expect((await program.post("/touch", {}, { ...bare, authorization: `Bearer ${token}` })).status).toBe(
      200,
    );
    expect((await program.post("/refresh", { refreshToken }, bare)).status).toBe(200);
    expect((await program.post("/sign-out", {}, { ...bare, authorization: `Bearer ${token}` })).body).toEqual(
      { ended: 1 },
    );
  });

  it.each([
    [
      "the refresh cookie alone",
      (jar: string) => jar.split("; ").filter((pair) => pair.includes("-refresh=")),
    ],
    [
      "the session cookie alone",
      (jar: string) => jar.split("; ").filter((pair) => !pair.includes("-refresh=")),
    ],
    ["the same cookie twice", (jar: string) => [jar, jar]],
  ])("may not use a browser's cookies, not even %s", async (_what, pick) => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const cookie = pick(browser.cookie).join("; ");
    for (const path of ["/refresh", "/sign-out", "/touch"]) {
      expect((await browser.send("POST", path, {}, { ...bare, cookie })).code, path).toBe("csrf_refused");
    }
  });

  it("may not use a browser's cookie", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    expect((await browser.send("POST", "/sign-out", {}, bare)).code).toBe("csrf_refused");
    const cookie = `${cookieName}=anything`;
    expect(
      (await site.browser().send("POST", "/sign-in/password", { email, password }, { ...bare, cookie })).code,
    ).toBe("csrf_refused");
  });
});

describe("CS-05: the content type", () => {
  const refused: readonly (readonly [type: string | null, body: string])[] = [
    ["text/plain", JSON.stringify({ email, password })],
    ["text/plain;charset=UTF-8", JSON.stringify({ email, password })],
    [
      "multipart/form-data; boundary=x",
      `--x\r\nContent-Disposition: form-data; name="email"\r\n\r\n${email}\r\n--x--`,
    ],
    [null, JSON.stringify({ email, password })],
    ["application/octet-stream", JSON.stringify({ email, password })],
    ["image/png", "x"],
  ];

  it.each(refused)("%j is refused by every route that reads a body", async (type, text) => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    for (const { method, path, body } of unsafe) {
      // What the app judges itself it may be sent in any form.
      if (body === undefined || path.startsWith("/sign-in/external/")) continue;
      const { code } = await browser.send(method, path, text, {
        "content-type": type,
        authorization: serviceBasic,
      });
      expect(code, path).toBe("unsupported_media_type");
    }
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("of a form is refused where only JSON is read", async () => {
    const browser = await createSite("stateful").signedUp();
    for (const path of ["/refresh", "/touch", "/step-up", "/change-password"]) {
      expect((await browser.submit(path, { password })).code, path).toBe("unsupported_media_type");
    }
  });
});

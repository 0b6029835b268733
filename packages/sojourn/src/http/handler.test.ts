import { describe, expect, it } from "vitest";
import { ada, createSite } from "./http-test-kit.fixture.ts";

describe("a form", () => {
  it("is sent on when it is done, to a path of this site", async () => {
    const site = createSite("stateful");
    await site.signedUp();
    const browser = site.browser();
    const { email, password } = ada;
    const signedIn = await browser.submit("/sign-in/password", {
      email,
      password,
      returnTo: "/dashboard?tab=1",
      remember: "on",
    });
    expect([signedIn.status, signedIn.headers.get("location"), signedIn.text]).toEqual([
      303,
      "/dashboard?tab=1",
      "",
    ]);
    expect((await browser.get("/session")).body.session.remember).toBe(true);
    const signedOut = await browser.submit("/sign-out", {});
    expect([signedOut.status, signedOut.headers.get("location")]).toEqual([303, "/"]);
    expect(browser.jar.size).toBe(0);
  });

  it("with a target elsewhere signs nobody in", async () => {
    const site = createSite("stateful");
    await site.signedUp();
    site.eventTypes();
    const { email, password } = ada;
    for (const returnTo of [
      "https://evil.example",
      "//evil.example",
      "/\\evil.example",
      "javascript:alert(1)",
    ]) {
      for (const send of [
        site.browser().submit("/sign-in/password", { email, password, returnTo }),
        site.browser().post("/sign-in/password", { email, password, returnTo }),
      ]) {
        const { code, cookies, headers } = await send;
        expect([code, cookies, headers.get("location")]).toEqual(["invalid_redirect", [], null]);
      }
    }
    expect(site.eventTypes()).toEqual([]);
  });

  it("goes to an allowed origin, and to the configured page where it names none", async () => {
    const site = createSite("stateful", {
      trustedOrigins: ["https://www.example"],
      redirects: { signedIn: "/home", signedOut: "/bye" },
    });
    await site.signedUp();
    const { email, password } = ada;
    const browser = site.browser();
    const there = await browser.submit("/sign-in/password", {
      email,
      password,
      returnTo: "https://www.example/x",
    });
    expect(there.headers.get("location")).toBe("https://www.example/x");
    expect((await browser.submit("/sign-in/password", { email, password })).headers.get("location")).toBe(
      "/home",
    );
    expect((await browser.submit("/sign-out", { returnTo: "" })).headers.get("location")).toBe("/bye");
  });
});

describe("what is no route", () => {
  it.each([
    "/",
    "",
    "/sessions/",
    "/session/",
    "/Session",
    "/nothing",
    "/sign-in/password/more",
    "/sessions/a/b",
    "//session",
    "/session//",
    "/.well-known/",
    "/__proto__",
    "/..%2fsession",
    "/%00",
    "/%",
    "/%E0%A4%A",
  ])("GET %j is a 404", async (path) => {
    const { status, code } = await createSite("stateful").browser().get(path);
    expect([status, code]).toEqual([404, "not_found"]);
  });

  it("POST to a way to sign in that is not there is a 404", async () => {
    const site = createSite("stateful");
    for (const method of ["google", "__proto__", "constructor", "%00", "PASSWORD"]) {
      for (const path of [`/sign-in/${method}`, `/sign-up/${method}`, `/${method}/login`]) {
        const { status, code } = await site
          .browser()
          .post(path, { email: ada.email, password: ada.password });
        expect([status, code]).toEqual([404, "not_found"]);
      }
    }
  });

  it.each([
    ["POST", "/session", "GET, HEAD"],
    ["DELETE", "/me", "GET, HEAD"],
    ["GET", "/sign-up/password", "POST"],
    ["HEAD", "/sign-out", "POST"],
    ["GET", "/logout", "POST"],
    ["GET", "/password/login", "POST"],
    ["PUT", "/refresh", "POST"],
    ["POST", "/sessions", "GET, HEAD, DELETE"],
    ["GET", "/sessions/x", "DELETE"],
    ["PATCH", "/openapi.json", "GET, HEAD"],
    ["PROPFIND", "/session", "GET, HEAD"],
  ])("%s %s is a 405 that says what is allowed", async (method, path, allow) => {
    const { status, headers, code } = await createSite("stateful")
      .browser()
      .request(method, path, undefined, {});
    expect([status, headers.get("allow")]).toEqual([405, allow]);
    if (method !== "HEAD") expect(code).toBe("method_not_allowed");
  });
});

describe("HEAD", () => {
  it("answers what GET does, without the body", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    for (const path of [
      "/session",
      "/me",
      "/sessions",
      "/openapi.json",
      "/.well-known/jwks.json",
      "/nothing",
    ]) {
      const get = await browser.get(path);
      const head = await browser.request("HEAD", path, undefined, {});
      expect(head.text).toBe("");
      expect([head.status, [...head.headers]]).toEqual([get.status, [...get.headers]]);
    }
  });

  it("of a stream leaves nothing open", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    await browser.get("/me");
    const before = site.clock.pendingTimers;
    const { status, headers } = await browser.request("HEAD", "/events", undefined, {});
    expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect(site.clock.pendingTimers).toBe(before);
  });
});

describe("another mount point", () => {
  it("moves every route", async () => {
    const site = createSite("stateful", { basePath: "/api/v1/session" });
    const request = (path: string): Request => new Request(`https://app.example${path}`);
    expect((await site.auth.handler(request("/api/v1/session/session"))).status).toBe(200);
    expect((await site.auth.handler(request("/auth/session"))).status).toBe(404);
    const document = (await (await site.auth.handler(request("/api/v1/session/openapi.json"))).json()) as {
      servers: unknown;
    };
    expect(document.servers).toEqual([{ url: "/api/v1/session" }]);
  });
});

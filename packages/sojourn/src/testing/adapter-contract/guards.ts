import { equal, match, notEqual, ok } from "node:assert/strict";
import { expectAnswer, expectPrivate, minute, type Suite } from "./suite.ts";

/** The guarded routes, in spellings that a router may or may not take for them. */
const spellings: readonly string[] = [
  "//api/private",
  "/api//private",
  "/api/private/",
  "/api/./private",
  "/x/../api/private",
  "/api/%70rivate",
  "/%61pi/private",
  "/api%2fprivate",
  "/api%2Fprivate",
  "/api/private%00",
  "/api/private%20",
  "/API/PRIVATE",
  "/api/private;x=1",
  "/api/private.json",
  "/api\\private",
  "//private",
  "/%70rivate",
  "/private/",
  "/private%2f",
];

/** Guards, and ways around them. */
export function guardContract({ check, checkSignedIn, describe }: Suite): void {
  describe("a guarded route", () => {
    checkSignedIn("knows who is signed in", async (visitor, userId) => {
      expectAnswer(await visitor.get("/api/private"), 200, { userId });
      const page = await visitor.open("/private");
      expectAnswer(page, 200);
      ok(page.text.includes(userId), page.text);
    });

    check("answers a script with 401", async (visitor) => {
      const answer = await visitor.get("/api/private");
      expectAnswer(answer, 401, { code: "unauthenticated" });
      match(answer.headers["content-type"] ?? "", /^application\/problem\+json/);
      equal(answer.headers["www-authenticate"], "Bearer");
      expectPrivate(answer);
    });

    check("sends who opens a page to the sign-in page, with the way back", async (visitor) => {
      const answer = await visitor.open("/private?year=2026&q=a%26b");
      ok([302, 303, 307].includes(answer.status), `${answer.status} ${answer.text}`);
      const location = answer.headers.location ?? "";
      const target = new URL(location, visitor.origin);
      equal(target.origin, visitor.origin);
      equal(target.pathname, "/sign-in");
      equal(target.searchParams.get("returnTo"), "/private?year=2026&q=a%26b");
      expectPrivate(answer);
    });

    checkSignedIn("asks for a newer proof with 403", async (visitor, userId) => {
      expectAnswer(await visitor.get("/api/fresh"), 200, { userId });
      await visitor.steer(`pass?ms=${6 * minute}`);
      expectAnswer(await visitor.get("/api/fresh"), 403, { code: "step_up_required" });
    });

    checkSignedIn("refuses what another site makes a browser send", async (visitor, userId) => {
      const elsewhere = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
      expectAnswer(await visitor.post("/api/private", {}, elsewhere), 403, { code: "csrf_refused" });
      const sibling = { origin: "https://other.127.0.0.1.example", "sec-fetch-site": "same-site" };
      expectAnswer(await visitor.post("/api/private", {}, sibling), 403, { code: "csrf_refused" });
      expectAnswer(await visitor.post("/api/private"), 200, { userId });
      expectAnswer(await visitor.auth("POST", "/sign-out", { body: {}, headers: elsewhere }), 403);
    });
  });

  describe("a way around a guard", () => {
    for (const path of spellings)
      check(`does not lead through ${path}`, async (visitor) => {
        const answer = await visitor.get(path);
        // A 200 that is not the guarded route's is another page's, such as the one for what is not found.
        ok(
          answer.status >= 300 || !/userId|signed in as/i.test(answer.text),
          `${answer.status} ${answer.text}`,
        );
      });

    check("is not x-middleware-subrequest, nor an identity that a client claims", async (visitor) => {
      const claims = {
        "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware",
        "x-user-id": "somebody",
        "x-session-id": "somebody",
        "x-forwarded-user": "somebody",
        "x-forwarded-for": "127.0.0.1",
        "x-original-url": "/",
        "x-rewrite-url": "/",
      };
      expectAnswer(await visitor.get("/api/private", claims), 401);
      const subrequest = "src/middleware:src/middleware:src/middleware:src/middleware:src/middleware";
      expectAnswer(
        await visitor.get("/api/private", { ...claims, "x-middleware-subrequest": subrequest }),
        401,
      );
      expectAnswer(await visitor.get("/api/whoami", claims), 200, { status: "anonymous", userId: null });
    });

    check("is not a made-up host: nobody is sent there", async (visitor) => {
      for (const headers of [
        { host: "evil.example" },
        { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" },
        { forwarded: "host=evil.example;proto=https" },
      ] as const) {
        const answer = await visitor.get("/private", {
          ...(headers as Record<string, string>),
          "sec-fetch-mode": "navigate",
          accept: "text/html",
        });
        notEqual(answer.status, 200);
        ok(!(answer.headers.location ?? "").includes("evil.example"), answer.headers.location);
      }
    });
  });
}

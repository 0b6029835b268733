import { deepEqual, equal, ok } from "node:assert/strict";
import { expectAnswer, expectPrivate, minute, newEmail, partOf, password, type Suite } from "./suite.ts";
import type { Visitor } from "./visitor.ts";

const names = (cookies: readonly string[]): string[] =>
  cookies.map((cookie) => cookie.slice(0, cookie.indexOf("="))).toSorted();

async function rotations(visitor: Visitor): Promise<number> {
  const { text } = await visitor.steer("events");
  return (JSON.parse(text) as string[]).filter((type) => type === "session_renewed").length;
}

/** Sessions from sign-in to their end. */
export function sessionContract({ check, checkSignedIn, describe }: Suite): void {
  describe("a session", () => {
    check(
      "begins with a sign-up and a sign-in, ends with a sign-out, and is read all the while",
      async (visitor) => {
        expectAnswer(await visitor.get("/api/whoami"), 200, { status: "anonymous", userId: null });
        const account = { email: newEmail(), password };
        const { id } = partOf(await visitor.auth("POST", "/sign-up/password", { body: account }), "user");
        expectAnswer(await visitor.get("/api/whoami"), 200, { status: "active", userId: id });
        expectAnswer(await visitor.auth("POST", "/sign-out", { body: {} }), 200, { ended: 1 });
        deepEqual([...visitor.jar.keys()], []);
        expectAnswer(await visitor.get("/api/whoami"), 200, { status: "anonymous", userId: null });
        expectAnswer(await visitor.auth("POST", "/sign-in/password", { body: account }), 200);
        expectAnswer(await visitor.get("/api/whoami"), 200, { status: "active", userId: id });
      },
    );

    checkSignedIn(
      "that the app begins and ends by itself carries its cookies beside the app's own",
      async (visitor, userId) => {
        await visitor.auth("POST", "/sign-out", { body: {} });
        const begun = await visitor.post("/api/sign-in", { userId });
        expectAnswer(begun, 200, { userId });
        deepEqual(names(begun.cookies), ["sojourn", "sojourn-hint", "sojourn-refresh", "theme"]);
        // The route says `public, s-maxage=600` of itself.
        expectPrivate(begun);
        expectAnswer(await visitor.get("/api/whoami"), 200, { status: "active", userId });
        const before = visitor.copy();
        expectAnswer(await visitor.post("/api/sign-out"), 200);
        deepEqual([...visitor.jar.keys()], ["theme"]);
        expectAnswer(await before.get("/api/whoami"), 200, { status: "ended" });
      },
    );

    checkSignedIn("that the app begins takes the place of the one before", async (visitor) => {
      const other = visitor.copy();
      other.jar.clear();
      const account = { email: newEmail(), password };
      const { id: userId } = partOf(await other.auth("POST", "/sign-up/password", { body: account }), "user");
      const before = visitor.copy();
      expectAnswer(await visitor.post("/api/sign-in", { userId }), 200, { userId });
      expectAnswer(await visitor.get("/api/whoami"), 200, { status: "active", userId });
      expectAnswer(await before.get("/api/whoami"), 200, { status: "ended" });
    });

    checkSignedIn("can be touched", async (visitor) => {
      expectAnswer(await visitor.auth("POST", "/touch", { body: {} }), 200);
    });

    checkSignedIn("that is revoked elsewhere has ended, and its cookies are removed", async (visitor) => {
      const { sid } = partOf(await visitor.auth("GET", "/session"), "session");
      expectAnswer(await visitor.copy().auth("DELETE", `/sessions/${sid}`), 200);
      const answer = await visitor.get("/api/whoami");
      expectAnswer(answer, 200, { status: "ended", userId: null });
      deepEqual([...visitor.jar.keys()], []);
      expectPrivate(answer);
    });
  });

  describe("a session whose access token has run out", () => {
    checkSignedIn(
      "is renewed by the first request, with cookies that no cache may keep",
      async (visitor, userId) => {
        await visitor.steer(`pass?ms=${16 * minute}`);
        const answer = await visitor.get("/api/whoami");
        expectAnswer(answer, 200, { status: "active", userId });
        ok(names(answer.cookies).includes("sojourn-refresh"), `Set-Cookie: ${answer.cookies.join(", ")}`);
        expectPrivate(answer);
      },
    );

    checkSignedIn("and that the app ends in the same request is over", async (visitor) => {
      await visitor.steer(`pass?ms=${16 * minute}`);
      expectAnswer(await visitor.post("/api/sign-out"), 200);
      deepEqual([...visitor.jar.keys()], []);
    });

    checkSignedIn("and that the app replaces in the same request is the new one", async (visitor, userId) => {
      await visitor.steer(`pass?ms=${16 * minute}`);
      expectAnswer(await visitor.post("/api/sign-in", { userId }), 200, { userId });
      expectAnswer(await visitor.get("/api/whoami"), 200, { status: "active", userId });
    });

    checkSignedIn("is renewed by a guarded page, with each cookie once", async (visitor, userId) => {
      await visitor.steer(`pass?ms=${16 * minute}`);
      const answer = await visitor.open("/private");
      expectAnswer(answer, 200);
      const written = names(answer.cookies);
      ok(written.includes("sojourn-refresh"), `Set-Cookie: ${answer.cookies.join(", ")}`);
      // More than one with the same name is for nobody to understand alike (RFC 6265 §4.1.1).
      deepEqual(written, [...new Set(written)]);
      expectPrivate(answer);
      expectAnswer(await visitor.get("/api/whoami"), 200, { status: "active", userId });
    });

    checkSignedIn("lets ten requests at once in, and rotates once", async (visitor, userId) => {
      await visitor.steer(`pass?ms=${16 * minute}`);
      const before = await rotations(visitor);
      const tabs = Array.from({ length: 10 }, () => visitor.copy());
      for (const answer of await Promise.all(tabs.map((tab) => tab.get("/api/private"))))
        expectAnswer(answer, 200, { userId });
      equal((await rotations(visitor)) - before, 1);
      equal(new Set(tabs.map(({ jar }) => jar.get("sojourn-refresh"))).size, 1);
      expectAnswer(await (tabs[3] as Visitor).get("/api/whoami"), 200, { status: "active", userId });
    });

    checkSignedIn("takes ten refreshes at once, and rotates once", async (visitor) => {
      await visitor.steer(`pass?ms=${16 * minute}`);
      const before = await rotations(visitor);
      const tabs = Array.from({ length: 10 }, () => visitor.copy());
      for (const answer of await Promise.all(tabs.map((tab) => tab.auth("POST", "/refresh", { body: {} }))))
        expectAnswer(answer, 200);
      equal((await rotations(visitor)) - before, 1);
      equal(new Set(tabs.map(({ jar }) => jar.get("sojourn-refresh"))).size, 1);
    });
  });

  describe("while the store is away", () => {
    checkSignedIn(
      "nobody is signed out: 503 with the time to come again, and no cookie",
      async (visitor, userId) => {
        await visitor.steer(`pass?ms=${16 * minute}`);
        await visitor.steer("outage?on=true");
        const guarded = await visitor.get("/api/private");
        expectAnswer(guarded, 503, { code: "store_unavailable" });
        ok(Number(guarded.headers["retry-after"]) > 0, "Retry-After is missing");
        const read = await visitor.get("/api/whoami");
        expectAnswer(read, 200, { status: "unavailable" });
        deepEqual([...guarded.cookies, ...read.cookies], []);
        expectAnswer(await visitor.open("/private"), 503);
        await visitor.steer("outage?on=false");
        expectAnswer(await visitor.get("/api/private"), 200, { userId });
      },
    );
  });
}

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { expectAnswer, expectPrivate, newEmail, partOf, type Suite } from "./suite.ts";
import type { Visitor } from "./visitor.ts";

/** What goes through an adapter, and how. */
export function wireContract({ check, checkSignedIn, describe }: Suite): void {
  describe("the handler", () => {
    check("gets JSON, forms and text as they were sent", async (visitor) => {
      const echo = async (body: string, type: string) =>
        (await visitor.auth("POST", "/contract/echo", { body, headers: { "content-type": type } })).body;
      const json = await echo('{"a":[1,"ü"]}', "application/json");
      deepEqual(JSON.parse(json?.["body"] as string), { a: [1, "ü"] });
      const form = await echo("a=1&b=%C3%BC+%26", "application/x-www-form-urlencoded");
      deepEqual(
        [...new URLSearchParams(form?.["body"] as string)],
        [
          ["a", "1"],
          ["b", "ü &"],
        ],
      );
      const text = await echo("plain", "text/plain");
      equal(text?.["body"], "plain");
    });

    check("gets the path, the query and the headers", async (visitor) => {
      const path = "/contract/echo?a=1&a=2&b=%2F";
      const answer = await visitor.auth("GET", path, { headers: { "x-one": "1" } });
      const { pathname, search } = new URL(String(answer.body?.["url"]));
      equal(pathname + search, visitor.basePath + path);
      equal(partOf(answer, "headers")["x-one"], "1");
    });

    check("refuses a body that is too large, or is no JSON, and goes on", async (visitor) => {
      const large = await visitor.auth("POST", "/sign-in/password", {
        body: { email: "x".repeat(1_000_000) },
      });
      ok([413, 400].includes(large.status), `${large.status} ${large.text}`);
      const broken = await visitor.auth("POST", "/sign-in/password", { body: "{" });
      equal(broken.status, 400, broken.text);
      expectAnswer(await visitor.auth("GET", "/session"), 200);
    });

    check("signs in from an HTML form, and sends the browser on", async (visitor) => {
      const account = { email: newEmail(), password: "correct horse battery" };
      const form = new URLSearchParams({ ...account, returnTo: "/private?tab=1" }).toString();
      const headers = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-mode": "navigate" };
      const answer = await visitor.auth("POST", "/sign-up/password", { body: form, headers });
      expectAnswer(answer, 303);
      equal(answer.headers.location, "/private?tab=1");
      expectAnswer(await visitor.open("/private?tab=1"), 200);
    });

    check("refuses a form that has a field twice, or one that is no text", async (visitor) => {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const twice = "email=a%40example.com&email=b%40example.com&password=correct+horse+battery";
      expectAnswer(await visitor.auth("POST", "/sign-up/password", { body: twice, headers }), 400);
      const nested = "email=c%40example.com&password[a]=correct+horse+battery";
      expectAnswer(await visitor.auth("POST", "/sign-up/password", { body: nested, headers }), 400);
    });

    check("sets each cookie in a header of its own", async (visitor) => {
      const { cookies } = await visitor.auth("GET", "/contract/cookies");
      deepEqual(
        cookies.map((cookie) => cookie.split(";", 1)[0]),
        ["one=1", "two=2"],
      );
    });

    check("answers HEAD, an unknown path and a wrong method as Sojourn does", async (visitor) => {
      const head = await visitor.send("HEAD", `${visitor.basePath}/session`);
      equal(head.status, 200);
      equal(head.text, "");
      expectAnswer(await visitor.auth("GET", "/nothing-here"), 404, { code: "not_found" });
      const wrong = await visitor.auth("DELETE", "/session");
      expectAnswer(wrong, 405, { code: "method_not_allowed" });
      match(String(wrong.headers.allow), /GET/);
    });

    checkSignedIn("keeps its answers out of every cache", async (visitor) => {
      expectPrivate(await visitor.auth("GET", "/session"));
      expectPrivate(await visitor.auth("GET", "/me"));
    });
  });

  describe("a stream", () => {
    check("comes piece by piece", async (visitor) => {
      const response = await visitor.start("GET", `${visitor.basePath}/contract/stream`);
      const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      // The rest of it is sent only once this is here.
      equal(String((await pieces.next()).value), "first\n");
      await visitor.steer("release");
      equal(String((await pieces.next()).value), "second\n");
      equal((await pieces.next()).done, true);
    });

    check("is told when its reader leaves", async (visitor) => {
      const before = await aborted(visitor);
      const response = await visitor.start("GET", `${visitor.basePath}/contract/stream`);
      await (response[Symbol.asyncIterator]() as AsyncIterator<Buffer>).next();
      response.destroy();
      for (let tries = 0; (await aborted(visitor)) === before; tries += 1) {
        ok(tries < 200, "The request's signal did not abort within 4 s");
        await wait(20);
      }
    });

    checkSignedIn("of events tells at once of a sign-out elsewhere, and ends", async (visitor) => {
      const response = await visitor.start("GET", `${visitor.basePath}/events`);
      const pieces = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      match(String((await pieces.next()).value), /^event: alive\n/);
      await visitor.copy().auth("POST", "/sign-out", { body: {} });
      match(String((await pieces.next()).value), /"reason":"signed_out"/);
      equal((await pieces.next()).done, true);
    });
  });
}

async function aborted(visitor: Visitor): Promise<number> {
  return Number((await visitor.steer("aborted")).text);
}

import { describe, expect, it } from "vitest";
import { problemSchema } from "../contract/schemas.ts";
import { type ErrorCode, errorTable, SojournError } from "../domain/errors.ts";
import { errorDocs, problemOf, problemResponse, toSojournError } from "./problem.ts";

const codes = Object.keys(errorTable) as ErrorCode[];

describe("a problem document", () => {
  it.each(codes)("for %s has the shape of the contract and names its code", async (code) => {
    const response = problemResponse(new SojournError(code));
    const body: unknown = await response.json();
    expect(problemSchema.parse(body)).toEqual(body);
    expect(body).toMatchObject({
      type: errorDocs + code,
      code,
      status: response.status,
      title: errorTable[code].title,
    });
    expect(response.status).toBe(errorTable[code].status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect(response.headers.get("cdn-cache-control")).toBe("no-store");
    expect(response.headers.get("vary")).toBe("Cookie, Authorization, Origin");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("says when to try again, and says so for every outage", async () => {
    const told = problemResponse(new SojournError("store_unavailable", { retryAfter: 7 }));
    expect(told.headers.get("retry-after")).toBe("7");
    expect(await told.json()).toMatchObject({ retryAfter: 7 });
    for (const code of codes.filter((name) => errorTable[name].status === 503)) {
      const untold = problemResponse(new SojournError(code));
      expect(untold.headers.get("retry-after")).toBe("1");
      expect(await untold.json()).toMatchObject({ retryAfter: 1 });
    }
  });

  it("names the scheme that a client without credentials should use (RFC 9110 §11.6.1)", () => {
    for (const code of codes) {
      const header = problemResponse(new SojournError(code)).headers.get("www-authenticate");
      if (code === "invalid_client") expect(header).toBe('Basic realm="sojourn"');
      else if (code === "unauthenticated" || code === "session_ended") expect(header).toBe("Bearer");
      else if (code === "step_up_required")
        expect(header).toBe('Bearer error="insufficient_user_authentication"');
      else expect(header).toBe(null);
    }
  });

  it("carries cookies one by one, never joined", () => {
    const response = problemResponse(new SojournError("session_ended"), ["a=; Max-Age=0", "b=; Max-Age=0"]);
    expect(response.headers.getSetCookie()).toEqual(["a=; Max-Age=0", "b=; Max-Age=0"]);
  });

  it("adds public members but lets none of them pose as its own", () => {
    const error = new SojournError("session_ended", {
      extra: { reason: "idle", status: 200, code: "ok", type: "x", title: "x", detail: "x" },
    });
    expect(problemOf(error)).toEqual({
      type: `${errorDocs}session_ended`,
      title: "The session is over",
      status: 401,
      detail: "The session is over.",
      code: "session_ended",
      reason: "idle",
    });
  });

  it("never tells the cause", async () => {
    const cause = new Error("password authentication failed for user postgres at 10.1.2.3");
    const text = await problemResponse(new SojournError("store_unavailable", { cause })).text();
    expect(text).not.toContain("postgres");
    expect(text).not.toContain("problem.test");
  });
});

describe("whatever was thrown", () => {
  it.each([
    [new TypeError("x is not a function")],
    ["text"],
    [null],
    [undefined],
    [{ code: "not_found", status: 404 }],
  ])("becomes internal and tells nothing: %o", async (thrown) => {
    const error = toSojournError(thrown);
    expect(error.code).toBe("internal");
    expect(error.cause).toBe(thrown);
    const body = await problemResponse(error).text();
    expect(JSON.parse(body)).toEqual({
      type: `${errorDocs}internal`,
      title: "Something went wrong",
      status: 500,
      detail: "Something went wrong.",
      code: "internal",
    });
  });

  it("is internal too where it is a mistake of configuration that shows only now", () => {
    for (const code of codes.filter((name) => name.startsWith("config_") || name === "store_schema_newer")) {
      const cause = new SojournError(code, { detail: "session.idleTimeout must be a number" });
      const error = toSojournError(cause);
      expect([error.code, error.message, error.cause]).toEqual(["internal", "Something went wrong.", cause]);
    }
  });

  it("stays what it is if it has a code", () => {
    const error = new SojournError("not_found");
    expect(toSojournError(error)).toBe(error);
  });
});

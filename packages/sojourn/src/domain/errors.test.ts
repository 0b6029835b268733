import { describe, expect, it } from "vitest";
import { type ErrorCode, errorTable, isSojournError, SojournError } from "./errors.ts";

const codes = Object.keys(errorTable) as ErrorCode[];

describe("the table of errors", () => {
  it.each(codes)("says how %s is answered and how it reads", (code) => {
    const { status, title } = errorTable[code];
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(status === 400 || (status > 400 && status < 600)).toBe(true);
    expect(title).toMatch(/^[A-Z][^.!]*$/);
  });

  it("blames nobody who sends a request for what was configured wrongly", () => {
    for (const code of codes.filter((name) => name.startsWith("config_"))) {
      expect(errorTable[code].status).toBe(500);
    }
  });

  it("answers an outage with 503, ours and a provider's, and nothing else", () => {
    const outages = codes.filter((code) => errorTable[code].status === 503);
    expect(outages).toEqual(["oauth_provider_unavailable", "login_busy", "store_unavailable"]);
  });
});

describe("a SojournError", () => {
  it("has its code, status and title, and a sentence for a message", () => {
    const error = new SojournError("session_ended", { extra: { reason: "idle" } });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "SojournError",
      code: "session_ended",
      status: 401,
      title: "The session is over",
      message: "The session is over.",
      extra: { reason: "idle" },
      retryAfter: undefined,
    });
    expect("cause" in error).toBe(false);
  });

  it("carries the detail, the wait and the cause it is given", () => {
    const cause = new Error("ECONNREFUSED");
    const error = new SojournError("store_unavailable", { detail: "Try again.", retryAfter: 3, cause });
    expect(error).toMatchObject({ message: "Try again.", retryAfter: 3, cause, extra: {} });
  });

  it("is told from other errors, and by its code", () => {
    const error = new SojournError("not_found");
    expect(isSojournError(error)).toBe(true);
    expect(isSojournError(error, "not_found")).toBe(true);
    expect(isSojournError(error, "internal")).toBe(false);
    expect(isSojournError(Object.assign(new Error("x"), { code: "not_found" }))).toBe(false);
    for (const other of [null, undefined, "not_found", { code: "not_found" }])
      expect(isSojournError(other)).toBe(false);
  });
});

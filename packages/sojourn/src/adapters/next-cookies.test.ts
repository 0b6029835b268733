import { describe, expect, it } from "vitest";
import { expireCookie, serializeCookie } from "../cookies/set-cookie.ts";
import { ResponseCookies } from "next/dist/server/web/spec-extension/cookies.js";
import { toNextCookie } from "./next-cookies.ts";

const attributes = {
  path: "/",
  domain: null,
  secure: true,
  httpOnly: true,
  sameSite: "lax",
  partitioned: false,
} as const;

/** The attributes of a Set-Cookie value, whatever their order; the moment in `Expires` says what `Max-Age` says. */
const parts = (header: string): string[] =>
  header
    .split("; ")
    .filter((part) => !part.startsWith("Expires="))
    .toSorted();

describe("a cookie that Next.js sets for Sojourn", () => {
  it.each([
    ["of a browser session", serializeCookie("__Host-Http-sojourn", "s1.a-b_c.d", attributes, null)],
    ["that lasts", serializeCookie("sojourn", "r1.x.0.y", { ...attributes, secure: false }, 3600)],
    [
      "of shared sub-domains",
      serializeCookie(
        "a",
        "1",
        { ...attributes, domain: "example.com", sameSite: "none", partitioned: true },
        60,
      ),
    ],
    [
      "for scripts",
      serializeCookie("hint", "1", { ...attributes, httpOnly: false, sameSite: "strict" }, null),
    ],
    ["that is removed", expireCookie("__Host-Http-sojourn", attributes)],
  ])("%s is the same in every attribute", (_name, header) => {
    const headers = new Headers();
    new ResponseCookies(headers).set(toNextCookie(header));
    expect(parts(headers.getSetCookie()[0] ?? "").map((part) => part.toLowerCase())).toEqual(
      parts(header).map((part) => part.toLowerCase()),
    );
  });
});

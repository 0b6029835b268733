import { describe, expect, expectTypeOf, it } from "vitest";
import { isSojournError } from "../domain/errors.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import { contractAuth } from "./contract-auth.fixture.ts";
import { openSession, type RequestAuth, sessionGuard, type StartResponse } from "./tanstack-start.ts";

const auth = contractAuth();

/** The router's redirect, as far as it is looked into. */
class Redirect extends Response {
  readonly options: { readonly href: string };

  constructor(options: { readonly href: string; readonly statusCode: number }) {
    super(null, { status: options.statusCode, headers: { Location: options.href } });
    this.options = options;
  }
}
const requireSession = sessionGuard({ redirect: (options) => new Redirect(options) });

/** What TanStack Start has heard of the response in the end. */
function startResponse() {
  const headers = new Headers({ "Set-Cookie": "theme=dark; Path=/", "Cache-Control": "s-maxage=60" });
  let status = 200;
  const start: StartResponse = {
    appendResponseHeader: (name, value) => headers.append(name, value),
    setResponseHeader: (name, value) => headers.set(name, value),
    setResponseStatus: (code) => void (status = code),
  };
  return { headers, start, status: () => status };
}

function opened(headers: Record<string, string> = {}) {
  const response = startResponse();
  const request = new Request("http://localhost/_serverFn/1f", { headers });
  return { ...response, visit: openSession(auth, request, response.start) };
}

const thrownBy = (visit: { auth: RequestAuth<StoredUser> }, page?: string): Promise<unknown> =>
  requireSession(visit.auth, page === undefined ? {} : { page }).then(
    () => null,
    (thrown: unknown) => thrown,
  );

describe("TanStack Start's middleware", () => {
  it("gives what next gave, with its type", async () => {
    const { visit, headers } = opened();
    const result = { response: new Response(), context: { auth: visit.auth } };
    expectTypeOf(visit.finish(result)).resolves.toEqualTypeOf<typeof result>();
    expect(await visit.finish(result)).toBe(result);
    expect(headers.get("Cache-Control")).toBe("s-maxage=60");
  });

  it("writes the cookies beside the app's own, also where what comes next fails", async () => {
    const { visit, headers } = opened({ cookie: "sojourn=no-token" });
    await visit.auth.read();
    await expect(visit.finish(Promise.reject(new Error("a fault of the app")))).rejects.toThrow("a fault");
    const names = headers.getSetCookie().map((one) => one.split("=", 1)[0]);
    expect(names).toContain("theme");
    expect(names).toContain("sojourn");
    expect(headers.get("Cache-Control")).toBe("private, no-store");
  });
});

describe("TanStack Start's guard", () => {
  it("redirects to the sign-in page, with the way back to the page that it is told", async () => {
    const { visit, headers } = opened({ "sec-fetch-mode": "cors" });
    const thrown = await thrownBy(visit, "/account?tab=1");
    expect(thrown).toMatchObject({ options: { href: "/sign-in?returnTo=%2Faccount%3Ftab%3D1" } });
    await visit.finish({ response: thrown as Response });
    expect(headers.get("Cache-Control")).toBe("private, no-store");
  });

  it("throws the error for a server function of which no page is known", async () => {
    const { visit } = opened({ "sec-fetch-mode": "cors" });
    const thrown = await thrownBy(visit);
    expect(isSojournError(thrown, "unauthenticated")).toBe(true);
  });

  it("gives the page that is made of a refusal its status, and leaves every other as it is", async () => {
    const { visit, status } = opened();
    await thrownBy(visit);
    await visit.finish({ response: new Response("caught", { status: 200 }) });
    expect(status()).toBe(200);
    await visit.finish({ response: new Response("an error page", { status: 500 }) });
    expect(status()).toBe(401);
  });
});

import { SojournError } from "../../domain/errors.ts";
import type { LoginMethod } from "../../login/login-method.ts";
import type { HttpParts, RouteHandlers } from "../call.ts";
import { readText } from "../body.ts";
import { limit } from "../limit.ts";
import { nextPage } from "../next-page.ts";
import { contextOf } from "../request-headers.ts";
import { signedInReply } from "../signed-in-reply.ts";

/** Signing in by what the app judges itself, and visiting without signing in. */
export const otherSignInRoutes: Pick<RouteHandlers, "signInExternally" | "signInAnonymously"> = {
  async signInExternally(call) {
    const { input, parts, headers, request } = call;
    const method = methodOf(parts, "request", call.params["method"]);
    parts.requests.transportFor(input.transport);
    const target = nextPage(call, input.returnTo, parts.redirects.signedIn);
    const attempt = await limit(call, "signIn");
    const principal = await readable(request)
      .then((whole) => method.verify(whole))
      .catch(attempt.failed);
    if (principal === null) {
      const code = "invalid_credentials";
      parts.events.emit({ type: "authn_login_fail", method: method.name, code }, contextOf(headers));
      throw new SojournError(code);
    }
    await attempt.passed();
    const issued = await parts.requests.begin(principal, headers, input.remember ?? false, input.transport);
    return { ...(await signedInReply(issued, parts)), redirect: call.form ? target : undefined };
  },

  async signInAnonymously(call) {
    const { input, parts, headers } = call;
    const method = methodOf(parts, "anonymous", "anonymous");
    parts.requests.transportFor(input.transport);
    const target = nextPage(call, input.returnTo, parts.redirects.signedIn);
    const redirect = call.form ? target : undefined;
    const attempt = await limit(call, "anonymous");
    const { remember = false, transport } = input;
    const issued = await parts.requests
      .begin(method.visitor(), headers, remember, transport)
      .catch(attempt.failed);
    // Whoever had a session keeps it, and none was made.
    if (issued.credentials === null) await attempt.undone();
    return { ...(await signedInReply(issued, parts)), redirect };
  },
};

/** The request with a body that is text, and of a size that anybody may read whole. */
async function readable(request: Request): Promise<Request> {
  const text = await readText(request);
  const { url, method, headers } = request;
  return new Request(url, { method, headers, ...(text === "" ? {} : { body: text }) });
}

function methodOf<Kind extends LoginMethod["kind"]>(
  parts: HttpParts,
  kind: Kind,
  name: string | undefined,
): Extract<LoginMethod, { kind: Kind }> {
  const method = parts.login.find((candidate) => candidate.kind === kind && candidate.name === name);
  if (method === undefined)
    throw new SojournError("not_found", { detail: "There is no such way to sign in." });
  return method as Extract<LoginMethod, { kind: Kind }>;
}

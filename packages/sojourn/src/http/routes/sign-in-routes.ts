import { isSojournError, SojournError } from "../../domain/errors.ts";
import type { PasswordMethod } from "../../login/login-method.ts";
import type { Call, HttpParts, RouteHandlers } from "../call.ts";
import { type Attempt, limit } from "../limit.ts";
import { nextPage } from "../next-page.ts";
import { departureOf } from "../provider-sign-out.ts";
import type { Confirmable } from "../confirmations.ts";
import { refusal } from "../refusal.ts";
import { contextOf } from "../request-headers.ts";
import { signedInReply } from "../signed-in-reply.ts";

/** Signing in, up and out, and proving again who one is. */
export const signInRoutes: Pick<
  RouteHandlers,
  "signIn" | "signUp" | "signOut" | "stepUp" | "changePassword"
> = {
  async signIn(call) {
    const { input, parts, headers } = call;
    const method = passwordMethod(parts, call.params["method"]);
    // Whatever can be wrong with the request is found before anybody is signed in.
    parts.requests.transportFor(input.transport);
    const redirect = formTarget(call, input.returnTo, parts.redirects.signedIn);
    const { email, password } = input;
    const attempt = await limit(call, "signIn", method.accountKey(email));
    const principal = await method
      .signIn({ email, password })
      .catch((error: unknown) => failed(call, method.name, error, attempt));
    await attempt.passed();
    const issued = await parts.requests.begin(principal, headers, input.remember ?? false, input.transport);
    return { ...(await signedInReply(issued, parts)), redirect };
  },

  async signUp(call) {
    const { input, parts, headers } = call;
    const method = passwordMethod(parts, call.params["method"]);
    parts.requests.transportFor(input.transport);
    const redirect = formTarget(call, input.returnTo, parts.redirects.signedIn);
    const { email, password, name = null } = input;
    // Where it succeeds it counts as well: whoever makes accounts by the hundred wants just that.
    const attempt = await limit(call, "signUp", method.accountKey(email));
    const principal = await method.signUp({ email, password, name }).catch(attempt.failed);
    parts.events.emit(
      { type: "user_created", userId: principal.userId, method: method.name },
      contextOf(headers),
    );
    const issued = await parts.requests.begin(principal, headers, input.remember ?? false, input.transport);
    return { ...(await signedInReply(issued, parts)), redirect };
  },

  async signOut(call) {
    const { input, parts, headers, form } = call;
    const target = nextPage(call, input.returnTo, parts.redirects.signedOut);
    const { everywhere = false, refreshToken } = input;
    const departure = await departureOf(call, target);
    const { ended, cookies } = await parts.requests.end(headers, everywhere, refreshToken);
    const providerLogoutUrl = (await departure?.()) ?? null;
    const forget = parts.clearSiteData.map((what) => `"${what}"`).join(", ");
    return {
      body: { ended, ...(providerLogoutUrl === null ? {} : { providerLogoutUrl }) },
      cookies,
      redirect: form ? (providerLogoutUrl ?? target) : undefined,
      ...(forget === "" ? {} : { headers: { "Clear-Site-Data": forget } }),
    };
  },

  async stepUp(call) {
    const { parts, input } = call;
    const confirmable = await toConfirm(call);
    if (confirmable instanceof Response) return confirmable;
    const method = passwordMethod(parts, "password");
    const attempt = await limit(call, "stepUp", confirmable.userId);
    const principal = await method
      .confirm(confirmable.userId, input.password)
      .catch((error: unknown) => failed(call, method.name, error, attempt));
    await attempt.passed();
    return signedInReply(await confirmable.confirm(principal), parts);
  },

  async changePassword(call) {
    const { parts, input, headers } = call;
    const { session } = call.active();
    const { userId } = session;
    const context = contextOf(headers);
    const attempt = await limit(call, "stepUp", userId);
    const principal = await passwordMethod(parts, "password")
      .changePassword(userId, input.currentPassword, input.newPassword)
      .catch(attempt.failed);
    await attempt.passed();
    parts.events.emit({ type: "authn_password_change", userId }, context);
    // Whoever signed in with the old password is out, wherever that was, and also if this session is over by now.
    if (parts.strategy.stored)
      await parts.sessions.revokeAll(
        userId,
        { exceptSid: session.sid, reason: "credentials_changed" },
        context,
      );
    return signedInReply(await parts.requests.replace(session, principal, headers), parts);
  },
};

/** The session that a proof is for, or the answer where there is none. */
async function toConfirm({ parts, input, headers, state }: Call<"stepUp">): Promise<Confirmable | Response> {
  if (state === null) throw new SojournError("unauthenticated");
  const { confirmations, challenges } = parts;
  if (state.status === "active") return confirmations.ofLive(state.session, headers);
  return (await confirmations.ofIdle(headers, input.refreshToken)) ?? refusal(state, challenges);
}

/** Tells of a proof that failed. */
function failed(
  { parts, headers }: Call<"signIn"> | Call<"stepUp">,
  method: string,
  error: unknown,
  attempt: Attempt,
): Promise<never> {
  if (isSojournError(error)) {
    const { code, userId } = error;
    parts.events.emit(
      { type: "authn_login_fail", method, code, ...(userId === undefined ? {} : { userId }) },
      contextOf(headers),
    );
  }
  return attempt.failed(error);
}

/** Where an HTML form goes when it is done; undefined for a call that reads the reply itself. */
function formTarget(
  call: Call<"signIn"> | Call<"signUp">,
  returnTo: string | undefined,
  otherwise: string,
): string | undefined {
  const target = nextPage(call, returnTo, otherwise);
  return call.form ? target : undefined;
}

/** The way to sign in that a URL names, where it is by password. */
function passwordMethod(parts: HttpParts, name: string | undefined): PasswordMethod {
  const method = parts.login.find((candidate) => candidate.name === name);
  if (method?.kind === "password") return method;
  throw new SojournError("not_found", { detail: "There is no such way to sign in." });
}

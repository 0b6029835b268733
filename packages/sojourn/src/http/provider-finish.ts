import { forbidden } from "../domain/impersonation.ts";
import { SojournError } from "../domain/errors.ts";
import type { Principal } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";
import type { ProviderLogin, RedirectMethod } from "../login/redirect-method.ts";
import type { HttpParts } from "./call.ts";
import type { Confirmable } from "./confirmations.ts";
import type { LoginTransaction } from "./login-transactions.ts";
import type { ProviderParts } from "./provider-parts.ts";
import { contextOf, type RequestHeaders } from "./request-headers.ts";
import type { IssuedSession } from "./request-sessions.ts";
import { knownState } from "./known-state.ts";

/** A sign-in at a provider that came back with a good answer. */
export interface Finished {
  readonly parts: HttpParts;
  readonly providers: ProviderParts;
  readonly method: RedirectMethod;
  readonly transaction: LoginTransaction;
  readonly login: ProviderLogin;
  readonly headers: RequestHeaders;
}

/** Does what the sign-in was begun for. @returns the Set-Cookie values of the session. */
export async function finish(finished: Finished): Promise<readonly string[]> {
  switch (finished.transaction.purpose) {
    case "sign-in":
      return signIn(finished);
    case "link":
      return link(finished);
    case "step-up":
      return stepUp(finished);
  }
}

async function signIn(finished: Finished): Promise<readonly string[]> {
  const { parts, providers, method, transaction, login, headers } = finished;
  const context = contextOf(headers);
  const found = await providers.accounts.finder.signIn(method, login);
  const { userId, user } = found;
  if (found.isNew) parts.events.emit({ type: "user_created", userId, method: method.name }, context);
  if (found.isLinked) parts.events.emit({ type: "identity_linked", userId, provider: method.name }, context);
  const principal = principalOf(login, userId, user === undefined ? {} : { user });
  const issued = await parts.requests.begin(principal, headers, transaction.remember, "cookie");
  await keepTokens(finished, userId);
  return noted(finished, issued);
}

async function link(finished: Finished): Promise<readonly []> {
  const { parts, providers, method, transaction, login, headers } = finished;
  const { userId } = await askingSession(parts, transaction, headers);
  if (await providers.accounts.finder.link(method, login, userId))
    parts.events.emit({ type: "identity_linked", userId, provider: method.name }, contextOf(headers));
  await keepTokens(finished, userId);
  return [];
}

/** Nobody is kept out because their tokens cannot be kept; the app is told that there are none when it asks. */
async function keepTokens({ parts, providers, method, login }: Finished, userId: string): Promise<void> {
  if (!method.accounts.storeTokens) return;
  try {
    await providers.accounts.tokens?.keep(login, userId);
  } catch (error) {
    parts.events.failure(`sojourn: the tokens of ${method.name} could not be kept`, error);
  }
}

/** The same person has shown at the provider, just now, who they are: a new session takes the place of theirs. */
async function stepUp(finished: Finished): Promise<readonly string[]> {
  const { parts, providers, method, transaction, login, headers } = finished;
  const confirmable =
    (await idleSession(parts, transaction, headers)) ??
    parts.confirmations.ofLive(await askingSession(parts, transaction, headers), headers);
  const { userId } = confirmable;
  if (!(await providers.accounts.finder.isOf(method, login, userId)))
    throw new SojournError("oauth_identity_mismatch");
  return noted(finished, await confirmable.confirm(principalOf(login, userId)));
}

/** The session that began it, if it idled and is to be resumed. */
async function idleSession(
  { authenticator, confirmations }: HttpParts,
  { session: asking }: LoginTransaction,
  headers: RequestHeaders,
): Promise<Confirmable | null> {
  const state = await authenticator.authenticate({ ...headers, passive: true }, true);
  if (state.status !== "ended" || state.resumable !== true) return null;
  const idle = await confirmations.ofIdle(headers);
  if (idle !== null && idle.userId !== asking?.userId) throw new SojournError("oauth_identity_mismatch");
  return idle;
}

/** The session that began it, which must still be there, and be this browser's. */
async function askingSession(
  parts: HttpParts,
  { session: asking }: LoginTransaction,
  headers: RequestHeaders,
): Promise<Session> {
  if (asking === null) throw new SojournError("internal");
  const state = knownState(await parts.authenticator.authenticate({ ...headers, passive: true }, true));
  if (state.status === "active") {
    if (state.session.userId !== asking.userId) throw new SojournError("oauth_identity_mismatch");
    if (state.session.actor !== null) throw forbidden("Ways to sign in are the user's own affair.");
    return state.session;
  }
  if (state.status === "ended") throw parts.challenges.ended(state);
  // A cookie with SameSite=Strict does not come along from another site; the sealed transaction says which it is.
  const session = parts.strategy.stored ? await parts.sessions.view(asking.sid) : null;
  if (session === null) throw new SojournError("unauthenticated");
  return session;
}

/** Notes where the session came from; without that its provider's sign-out would miss it. */
async function noted(
  { parts, providers, login }: Finished,
  { session, cookies }: IssuedSession,
): Promise<readonly string[]> {
  try {
    await providers.accounts.sessions?.record(session, login);
    return cookies;
  } catch (error) {
    if (parts.strategy.stored) await parts.sessions.revoke(session.sid, "revoked");
    throw error;
  }
}

/** A session never claims more than the provider did. */
function principalOf(
  { provider, amr, acr, authTime }: ProviderLogin,
  userId: string,
  more: Pick<Principal, "user"> = {},
): Principal {
  return { userId, method: provider, amr, acr, ...(authTime === null ? {} : { authTime }), ...more };
}

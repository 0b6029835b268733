import { isSojournError, SojournError } from "../../domain/errors.ts";
import type { Call, Reply, RouteHandlers } from "../call.ts";
import { limit } from "../limit.ts";
import { nextPage } from "../next-page.ts";
import { problemResponse, toSojournError } from "../problem.ts";
import { finish } from "../provider-finish.ts";
import { providerNamed, startAt, wantsJson } from "../provider-start.ts";
import { contextOf } from "../request-headers.ts";
import { knownState } from "../known-state.ts";

type Callback = Call<"providerCallback"> | Call<"providerFormCallback">;

/** Signing in at a provider: there, and back. */
export const providerRoutes: Pick<
  RouteHandlers,
  "startSignIn" | "providerCallback" | "providerFormCallback"
> = {
  async startSignIn(call) {
    const { parts, input, request } = call;
    const named = await providerNamed(parts, call.params["method"]);
    const target = nextPage(call, input.returnTo, parts.redirects.signedIn);
    const { remember = false, stepUp = false } = input;
    const start = stepUp
      ? { purpose: "step-up" as const, ...(await whoStepsUp(call)) }
      : { purpose: "sign-in" as const, session: null, loginHint: null };
    const reply = await startAt(call, named, { ...start, target, remember });
    return wantsJson(request) ? { ...reply, redirect: undefined } : reply;
  },

  providerCallback: (call) => answered(call, async () => attempted(call)),

  providerFormCallback: (call) => answered(call, async () => bounced(call)),
};

/** The session that is to be confirmed, and whom the provider should expect. */
async function whoStepsUp({ parts, headers, params }: Call<"startSignIn">): Promise<{
  readonly session: { readonly sid: string; readonly userId: string };
  readonly loginHint: string | null;
}> {
  const { providers, method } = await providerNamed(parts, params["method"]);
  if (!method.provesTime)
    throw new SojournError("not_found", {
      detail: "This provider does not tell when it last asked who is there. Confirm the session another way.",
    });
  const state = knownState(await parts.authenticator.authenticate({ ...headers, passive: true }, false));
  const asking = state.status === "active" ? state.session : await parts.confirmations.ofIdle(headers);
  if (asking === null) {
    if (state.status === "ended") throw parts.challenges.ended(state);
    throw new SojournError("unauthenticated");
  }
  const { sid, userId } = asking;
  const linked = (await providers.accounts.identities?.list(userId)) ?? [];
  const mine = linked.find(({ provider }) => provider === method.name);
  if (mine === undefined && method.accounts.find === null) throw new SojournError("account_not_linked");
  return { session: { sid, userId }, loginHint: mine?.email ?? null };
}

/** What was not begun here counts, and so does what its provider does not stand by. */
async function attempted(call: Callback): Promise<Reply<Record<string, never>>> {
  const attempt = await limit(call, "callback");
  const reply = await completed(call).catch(attempt.failed);
  await attempt.passed();
  return reply;
}

/** Judges what came back, and does what the sign-in was begun for. */
async function completed(call: Callback): Promise<Reply<Record<string, never>>> {
  const { parts, headers, request, params } = call;
  const { providers, method } = await providerNamed(parts, params["provider"]);
  const query = new URL(request.url).searchParams;
  const state = stateOf(query);
  const { transactions } = providers;
  const transaction = transactions.find(state, headers.cookie ?? null);
  if (transaction === null) throw new SojournError("oauth_transaction_missing");
  // Begun with one provider and answered by another (RFC 9700 §4.4).
  if (transaction.provider !== method.name) throw new SojournError("oauth_state_invalid");
  const parameters = method.responseMode === "query" ? query : new URLSearchParams(transaction.answer ?? "");
  if (stateOf(parameters) !== state) throw new SojournError("oauth_state_invalid");
  if (!(await transactions.claim(transaction))) throw new SojournError("oauth_transaction_missing");
  const { checks, redirectUri, purpose, at, target } = transaction;
  const authenticatedSince = purpose === "step-up" ? at : null;
  const login = await method.complete({ redirectUri, parameters, checks, authenticatedSince });
  const cookies = await finish({ parts, providers, method, transaction, login, headers });
  return { body: {}, cookies, redirect: target };
}

/**
 * Puts a posted answer into the sign-in's cookie and has the browser come again by itself: with such a request it
 * sends the cookies of this site, which it does not with the post of another site's page.
 */
async function bounced(call: Call<"providerFormCallback">): Promise<Reply<Record<string, never>>> {
  const { parts, headers, request, params, input } = call;
  const { providers, method } = await providerNamed(parts, params["provider"]);
  const answer = new URLSearchParams({ ...input });
  const state = stateOf(answer);
  const transaction = providers.transactions.find(state, headers.cookie ?? null);
  if (transaction === null) throw new SojournError("oauth_transaction_missing");
  if (method.responseMode !== "form_post" || transaction.provider !== method.name)
    throw new SojournError("oauth_state_invalid");
  // An ID token that comes this way is not looked at, and would fill the cookie.
  answer.delete("id_token");
  if (answer.toString().length > longestAnswer) throw new SojournError("oauth_provider_error");
  const kept = { ...transaction, answer: answer.toString() };
  const cookies = providers.transactions.keep(kept, headers.cookie ?? null, false);
  return { body: {}, cookies, redirect: `${new URL(request.url).pathname}?state=${state}` };
}

/** Beside the rest of the transaction it has to fit into a cookie. */
const longestAnswer = 1200;

/** The one `state` of an answer; empty for none or several. */
function stateOf(parameters: URLSearchParams): string {
  const states = parameters.getAll("state");
  return states.length === 1 ? (states[0] ?? "") : "";
}

/** Answers a callback: a page is sent on, where it went well or not, and only a program is shown a problem. */
async function answered(
  call: Callback,
  work: () => Promise<Reply<Record<string, never>>>,
): Promise<Reply<Record<string, never>> | Response> {
  const { parts, request, headers, params } = call;
  // Asking for the headers alone must not use a sign-in up.
  if (request.method === "HEAD")
    throw new SojournError("method_not_allowed", { detail: "Allowed here: GET, POST." });
  const providers = await parts.loadProviders?.();
  const used = (): string[] =>
    providers?.transactions.remove(stateOf(new URL(request.url).searchParams)) ?? [];
  const hushed = { "Referrer-Policy": "no-referrer" };
  try {
    const reply = await work();
    const done = request.method === "GET" ? used() : [];
    return { ...reply, cookies: [...(reply.cookies ?? []), ...done], headers: hushed };
  } catch (error) {
    const known = toSojournError(error);
    if (isSojournError(error, "not_found")) throw error;
    if (known.status >= 500) parts.events.failure(`sojourn: ${known.code}`, error);
    const method = params["provider"] ?? "";
    parts.events.emit({ type: "authn_login_fail", method, code: known.code }, contextOf(headers));
    if (wantsJson(request)) return problemResponse(known, used());
    return {
      body: {},
      cookies: used(),
      headers: hushed,
      redirect: errorPage(parts.redirects.error, known.code),
    };
  }
}

/** The app's page for failures. It gets a code of ours and nothing that the provider wrote. */
function errorPage(page: string, code: string): string {
  const [path = "", hash] = page.split("#", 2);
  const query = `${path}${path.includes("?") ? "&" : "?"}error=${code}`;
  return hash === undefined ? query : `${query}#${hash}`;
}

import { SojournError } from "../../domain/errors.ts";
import type { LogoutNotice } from "../../login/redirect-method.ts";
import type { Call, RouteHandlers } from "../call.ts";
import { limit } from "../limit.ts";
import type { ProviderParts } from "../provider-parts.ts";
import { providerNamed } from "../provider-start.ts";
import { contextOf } from "../request-headers.ts";

type Listener = Call<"backchannelLogout">;

/** Signing out together with providers: when one says so, and when a browser is back from its page. */
export const providerLogoutRoutes: Pick<RouteHandlers, "backchannelLogout" | "signedOutAtProvider"> = {
  async backchannelLogout(call) {
    const { parts, params, headers, input } = call;
    const { providers, method } = await providerNamed(parts, params["provider"]);
    const { logout, name } = method;
    if (logout === null || providers.accounts.sessions === null || !parts.strategy.stored)
      throw new SojournError("not_found", {
        detail:
          "Sessions cannot be ended by this provider: that takes OpenID Connect, and a store that keeps small records.",
      });
    const context = contextOf(headers);
    const attempt = await limit(call, "providerLogout");
    const notice = await logout.judge(input.logout_token).catch((error: unknown) => {
      parts.events.emit({ type: "provider_logout_refused", provider: name }, context);
      return attempt.failed(error);
    });
    const ended = await endSessions(call, providers, name, notice).catch(attempt.failed);
    await attempt.undone();
    parts.events.emit({ type: "provider_logout", provider: name, count: ended }, context);
    return { body: {} };
  },

  async signedOutAtProvider({ parts, params, input }) {
    const { providers, method } = await providerNamed(parts, params["provider"]);
    const target = input.state === undefined ? null : providers.signOuts.open(method.name, input.state);
    return {
      body: {},
      redirect: target ?? parts.redirects.signedOut,
      headers: { "Referrer-Policy": "no-referrer" },
    };
  },
};

/** Ends what is over by a provider's word. @returns how many sessions. @throws {SojournError} `logout_token_invalid`. */
async function endSessions(
  { parts, headers }: Listener,
  { accounts: { sessions, endings } }: ProviderParts,
  provider: string,
  notice: LogoutNotice,
): Promise<number> {
  if (sessions === null || endings === null) return 0;
  if (!(await endings.begin(provider, notice)))
    throw new SojournError("logout_token_invalid", {
      detail: "The logout token is refused: it was here before.",
      extra: { error: "invalid_request" },
    });
  const context = contextOf(headers);
  let ended = 0;
  for (const sid of await sessions.sidsOf(provider, notice)) {
    await sessions.close(sid);
    if (await parts.sessions.revoke(sid, "signed_out", context)) ended += 1;
  }
  // Not before: if the store fails in between, the provider's next try must not count as a replay.
  await endings.done(provider, notice);
  return ended;
}

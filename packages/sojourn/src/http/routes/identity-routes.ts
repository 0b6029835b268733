import { SojournError } from "../../domain/errors.ts";
import type { HttpParts, RouteHandlers } from "../call.ts";
import type { Session } from "../../domain/session.ts";
import { nextPage } from "../next-page.ts";
import { providerNamed, startAt } from "../provider-start.ts";
import { contextOf } from "../request-headers.ts";

/** The accounts at providers that a user can sign in with. */
export const identityRoutes: Pick<RouteHandlers, "linkIdentity" | "listIdentities" | "unlinkIdentity"> = {
  async linkIdentity(call) {
    const { parts, params, input, form } = call;
    const { session } = call.active();
    const named = await providerNamed(parts, params["provider"]);
    requireFresh(session, parts);
    const { sid, userId } = session;
    const target = nextPage(call, input.returnTo, parts.redirects.signedIn);
    const start = {
      purpose: "link",
      target,
      remember: false,
      session: { sid, userId },
      loginHint: null,
    } as const;
    const reply = await startAt(call, named, start);
    return form ? reply : { ...reply, redirect: undefined };
  },

  async listIdentities(call) {
    const { userId } = call.active().session;
    const providers = await call.parts.loadProviders?.();
    return { body: { identities: (await providers?.accounts.identities?.views(userId)) ?? [] } };
  },

  async unlinkIdentity(call) {
    const { parts, params, headers } = call;
    const { session } = call.active();
    requireFresh(session, parts);
    const providers = await parts.loadProviders?.();
    const { userId } = session;
    const unlinked = await providers?.accounts.unlink(userId, params["id"] ?? "");
    if (unlinked === undefined || unlinked === null) throw new SojournError("identity_not_found");
    const { provider } = unlinked;
    parts.events.emit({ type: "identity_unlinked", userId, provider }, contextOf(headers));
    return { body: { unlinked: 1 } };
  },
};

/** Who can sign in with what decides about the account. @throws {SojournError} `step_up_required`. */
function requireFresh(session: Session, { challenges, policy, clock }: HttpParts): void {
  challenges.insist(session, { freshFor: policy.freshFor }, clock.now());
}

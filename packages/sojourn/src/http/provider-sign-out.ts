import type { ProviderSession } from "../accounts/provider-sessions.ts";
import type { ProviderLogout } from "../login/redirect-method.ts";
import type { Call, HttpParts } from "./call.ts";
import { ownOrigin } from "./next-page.ts";
import type { ProviderParts } from "./provider-parts.ts";

/** A sign-out that goes on at the provider where its session came from. */
interface Departure {
  readonly providers: ProviderParts;
  readonly logout: ProviderLogout;
  readonly from: ProviderSession;
}

/**
 * Finds out where a sign-out goes on. To be asked before the session ends: afterwards its cookies tell nothing.
 *
 * @param target where the browser goes in the end.
 * @returns null if it goes on nowhere; else what gives the address of the provider's page, or null if that cannot be
 *   had: whoever signs out here is signed out here, whatever the provider does.
 * @throws {SojournError} `store_unavailable`.
 */
export async function departureOf(
  call: Call<"signOut">,
  target: string,
): Promise<(() => Promise<string | null>) | null> {
  const departure = await findDeparture(call);
  if (departure === null) return null;
  const { parts, request } = call;
  const { providers, logout, from } = departure;
  const { provider, idToken } = from;
  const returnUri = `${ownOrigin(parts, request)}${parts.basePath}/signed-out/${provider}`;
  return async () => {
    try {
      const state = providers.signOuts.seal(provider, target);
      return await logout.page({ idToken, returnUri, state });
    } catch (error) {
      parts.events.failure("sojourn: the provider's sign-out cannot be reached", error);
      return null;
    }
  };
}

async function findDeparture({ parts, input, headers }: Call<"signOut">): Promise<Departure | null> {
  if (!mayGoOn(parts, input.provider)) return null;
  const providers = await parts.loadProviders?.();
  const sessions = providers?.accounts.sessions;
  if (providers === undefined || sessions === null || sessions === undefined) return null;
  const sids = await parts.requests.sidsOf(headers, input.refreshToken);
  // Who acts as a user is signed out as well, and it is they who came from a provider.
  const own = input.refreshToken === undefined ? (parts.parked?.sidOf(headers) ?? null) : null;
  for (const sid of own === null ? sids : [...sids, own]) {
    const from = await sessions.find(sid);
    const logout = providers.methods.find(({ name }) => name === from?.provider)?.logout ?? null;
    if (from !== null && logout !== null && (input.provider ?? logout.always))
      return { providers, logout, from };
  }
  return null;
}

/** Whether it is worth looking: most sign-outs are over when they are over here. */
function mayGoOn({ login }: HttpParts, wanted: boolean | undefined): boolean {
  return wanted ?? login.some((method) => method.kind === "redirect" && method.logout?.always === true);
}

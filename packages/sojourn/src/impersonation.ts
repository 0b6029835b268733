import { createSealer } from "./crypto/seal.ts";
import type { CookieSettings } from "./cookies/cookie-options.ts";
import { durationToMs } from "./domain/duration.ts";
import { ParkedSessions } from "./http/parked-sessions.ts";
import type { CredentialTransport } from "./http/transport.ts";
import type { ImpersonationOptions } from "./impersonation-options.ts";
import { Impersonation, type ImpersonationParts } from "./session/impersonation.ts";

/** The parts of impersonation, where an app enables it. */
export interface ComposedImpersonation {
  readonly impersonation: Impersonation;
  readonly parked: ParkedSessions;
}

/** Puts impersonation together; null where nobody may act as somebody else. */
export function composeImpersonation(
  options: ImpersonationOptions | undefined,
  parts: Omit<ImpersonationParts, "allow" | "freshFor" | "store"> & {
    readonly store: ImpersonationParts["store"] | null;
    readonly transport: CredentialTransport;
  },
  cookies: CookieSettings,
): ComposedImpersonation | null {
  const { store, policy, transport, clock, ring } = parts;
  if (options === undefined || store === null) return null;
  const { allow, freshFor } = options;
  const fresh = freshFor === undefined ? policy.freshFor : durationToMs(freshFor, "impersonation.freshFor");
  const impersonation = new Impersonation({ ...parts, store, allow, freshFor: fresh });
  const parked = new ParkedSessions({ impersonation, sealer: createSealer(ring), cookies, transport, clock });
  return { impersonation, parked };
}

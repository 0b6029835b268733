import { absoluteEnd, idleEnd } from "../domain/evaluate.ts";
import { toIso } from "../domain/iso-time.ts";
import type { Lifetimes } from "../domain/policy.ts";
import type { Session, SessionRecord } from "../domain/session.ts";

/** The facts a {@link Session} is made of. */
export type ViewFacts = Pick<
  SessionRecord,
  | "sid"
  | "userId"
  | "kind"
  | "method"
  | "transport"
  | "remember"
  | "createdAt"
  | "authTime"
  | "lastSeenAt"
  | "idleTimeout"
  | "expiresAt"
  | "endReason"
  | "amr"
  | "acr"
  | "actor"
>;

/** The claims of a session whose app adds none. */
export const noClaims: Readonly<Record<string, unknown>> = Object.freeze({});

/** A session as apps and clients see it. */
export function viewSession(
  facts: ViewFacts,
  policy: Lifetimes,
  claims: Session["claims"] = noClaims,
): Session {
  const idleExpiresAt = toIso(idleEnd(facts, policy));
  return {
    sid: facts.sid,
    userId: facts.userId,
    kind: facts.kind,
    method: facts.method,
    transport: facts.transport,
    remember: facts.remember,
    createdAt: toIso(facts.createdAt),
    authTime: toIso(facts.authTime),
    lastSeenAt: toIso(facts.lastSeenAt),
    // The idle end never lies past the absolute end, so it is what comes first.
    expiresAt: idleExpiresAt,
    idleExpiresAt,
    absoluteExpiresAt: toIso(absoluteEnd(facts, policy)),
    amr: facts.amr,
    acr: facts.acr,
    actor: facts.actor,
    claims,
  };
}

import type { Session } from "./session.ts";

/** When a client whose user is active keeps its session going, and by which route. */
export interface Renewal {
  /** ISO 8601. Before it there is nothing to be gained. */
  readonly at: string;
  /** `refresh`: `POST /refresh` makes the credential anew. `touch`: `POST /touch` slides the idle timeout. */
  readonly by: "refresh" | "touch";
}

/** What decides it. Times and lengths in ms. */
export interface RenewalFacts {
  readonly strategy: "stateful" | "stateless" | "hybrid";
  readonly session: Pick<Session, "lastSeenAt" | "idleExpiresAt" | "absoluteExpiresAt">;
  /** When the access token runs out; null where the request had none that is good, or the strategy has none. */
  readonly accessExpiresAt: number | null;
  readonly accessTokenTtl: number;
  readonly touchInterval: number;
  readonly now: number;
}

/** The part of the idle timeout that may pass before it is worth a request to slide it. */
const slideAfterShare = 1 / 7;
/** So long before it runs out an access token is replaced: enough for a slow reply and a clock that is a little off. */
const longestMargin = 60_000;

/** What a client is told about keeping a session going; null where nothing prolongs it. */
export function renewalOf(facts: RenewalFacts): Renewal | null {
  const { strategy, now } = facts;
  const slide = slideDue(facts);
  const token = strategy === "hybrid" ? tokenDue(facts) : null;
  const at = Math.min(slide ?? Infinity, token ?? Infinity);
  if (at === Infinity) return null;
  // Without a store a session slides by being made anew.
  const by = at === token || strategy === "stateless" ? "refresh" : "touch";
  return { at: new Date(Math.max(at, now)).toISOString(), by };
}

function tokenDue({ session, accessExpiresAt, accessTokenTtl, now }: RenewalFacts): number | null {
  if (accessExpiresAt === null) return now;
  if (accessExpiresAt >= Date.parse(session.absoluteExpiresAt)) return null;
  return accessExpiresAt - Math.min(longestMargin, accessTokenTtl / 4);
}

function slideDue({ session, touchInterval }: RenewalFacts): number | null {
  const lastSeenAt = Date.parse(session.lastSeenAt);
  const idleExpiresAt = Date.parse(session.idleExpiresAt);
  if (idleExpiresAt >= Date.parse(session.absoluteExpiresAt)) return null;
  return lastSeenAt + Math.max((idleExpiresAt - lastSeenAt) * slideAfterShare, touchInterval);
}

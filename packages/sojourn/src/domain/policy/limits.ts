import type { LimitOptions, SessionLimit, SessionOptions, SessionPolicy } from "../policy.ts";
import type { SessionKind } from "../session.ts";
import { invalidSession } from "./option-error.ts";

const none: SessionPolicy["limits"] = { user: null, agent: null, service: null, anonymous: null };

/** The limit of each kind. A bare one is for people: what acts for them is limited only where its kind is named. */
export function resolveLimits(limit: SessionOptions["limit"]): SessionPolicy["limits"] {
  if (limit === undefined) return none;
  if (typeof limit !== "object" || limit === null)
    throw invalidSession("limit must be an object such as { max: 5 }, or one for each kind.");
  if ("max" in limit || "onExceed" in limit)
    return { ...none, user: resolveLimit("limit", limit as LimitOptions) };
  const limits = { ...none };
  for (const [kind, of] of Object.entries(limit)) {
    if (!Object.hasOwn(none, kind)) {
      throw invalidSession(
        `limit.${kind} is neither max, onExceed nor a kind of session: ${Object.keys(none).join(", ")}.`,
      );
    }
    limits[kind as SessionKind] = resolveLimit(`limit.${kind}`, of);
  }
  return limits;
}

function resolveLimit(name: string, { max, onExceed = "evict-oldest" }: LimitOptions): SessionLimit {
  if (!Number.isInteger(max) || max < 1)
    throw invalidSession(`${name}.max must be a whole number of at least 1.`);
  if (onExceed !== "evict-oldest" && onExceed !== "deny")
    throw invalidSession(`${name}.onExceed must be "evict-oldest" or "deny".`);
  return { max, onExceed };
}

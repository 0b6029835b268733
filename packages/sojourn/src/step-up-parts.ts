import type { AuthOptions } from "./auth-options.ts";
import { SojournError } from "./domain/errors.ts";
import { resolvePolicy } from "./domain/policy/resolve.ts";
import type { SessionPolicy } from "./domain/policy.ts";
import type { HttpParts } from "./http/call.ts";
import { Challenges } from "./http/challenges.ts";
import { Confirmations } from "./http/confirmations.ts";
import { RequestSessions, type RequestSessionParts } from "./http/request-sessions.ts";
import type { LoginMethod } from "./login/login-method.ts";
import { IdleEnds } from "./session/idle-ends.ts";
import { Resumption } from "./session/resumption.ts";
import type { UserResolver } from "./strategies/user-resolver.ts";

/** The policy in force: where nothing can be kept beside the sessions, none is resumed. @throws {SojournError} `config_...`. */
export function policyOf({ session, store, revocations, strategy }: AuthOptions): SessionPolicy {
  const policy = resolvePolicy(session);
  const isStored = store !== undefined && !(strategy === "stateless" && revocations === "none");
  if (policy.resumeIdle === null || (isStored && store.entries !== undefined)) return policy;
  // A preset asks for it where it can be had; whoever asks for it by name must get it.
  if (session?.resumeIdle === undefined) return { ...policy, resumeIdle: null };
  throw new SojournError("config_store_required", {
    detail:
      'session.resumeIdle needs a store that keeps small records beside the sessions, such as sqlite("app.db") from "sojourn/sqlite".',
  });
}

/** Where the ends of idle sessions are kept; null where none is resumed. */
export function idleEndsOf({ store }: AuthOptions, policy: SessionPolicy): IdleEnds | null {
  return policy.resumeIdle === null || store?.entries === undefined
    ? null
    : new IdleEnds(store.entries, policy);
}

/** The parts that ask for a new proof, and that take it. */
export function stepUpParts(
  verbs: RequestSessionParts,
  of: {
    readonly login: readonly LoginMethod[];
    readonly basePath: string;
    readonly resolveUser: UserResolver;
    readonly idleEnds: IdleEnds | null;
  },
): Pick<HttpParts, "requests" | "challenges" | "confirmations"> {
  const { login, basePath, resolveUser, idleEnds } = of;
  const { policy } = verbs;
  const requests = new RequestSessions(verbs);
  const resumption = idleEnds === null ? null : new Resumption({ ...verbs, resolveUser, idleEnds });
  return {
    requests,
    challenges: new Challenges({ login, basePath, policy }),
    confirmations: new Confirmations({ ...verbs, requests, resumption }),
  };
}

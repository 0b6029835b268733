import type { Repeatable } from "../retry.ts";
import { DeadlineError } from "./deadline.ts";

/**
 * What a server says that has done nothing, for a reason that passes: a slot that moves to another server
 * (also seen from inside a script), a failover under way, a server that starts or is busy. Clients that
 * have tried themselves put it at the end of their own words.
 */
const notNow =
  /\b(?:TRYAGAIN|CLUSTERDOWN|MOVED|ASK|LOADING|READONLY|MASTERDOWN|NOREPLICAS|BUSY) |non local key/;

/** A server's answer begins with a code in capitals; a client's own words do not. */
const answered = /^[A-Z]{2,} /;

/** What the system says where no connection came about. */
const unreached = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"]);

/** What a failure means for making the call again. */
export function repeatable(error: unknown): Repeatable {
  // Whoever asked has waited for long enough.
  if (!(error instanceof Error) || error instanceof DeadlineError) return "never";
  if (notNow.test(error.message)) return "any";
  if (answered.test(error.message)) return "never";
  return "code" in error && unreached.has(String(error.code)) ? "any" : "safe";
}

/** Whether the server has never seen the script, or has forgotten it in a restart or a flush. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

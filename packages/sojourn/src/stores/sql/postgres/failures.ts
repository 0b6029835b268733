import type { Repeatable } from "../../retry.ts";

/**
 * What a failure of PostgreSQL or of its driver means for trying again (SQLSTATE, PostgreSQL appendix A;
 * otherwise the code or the message of the driver or of the socket).
 */
export function judgeFailure(error: unknown): Repeatable {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === "string") {
    if (contended.has(code)) return "contended";
    if (undone.has(code) || (code === "0A000" && isAboutPlan(message))) return "any";
    if (unknown.has(code) || code.startsWith("08")) return "safe";
  }
  if (typeof message !== "string") return "never";
  if (/timeout exceeded when trying to connect/i.test(message)) return "any";
  return /connection (?:terminated|ended|closed)|not queryable|client was closed/i.test(message)
    ? "safe"
    : "never";
}

/** A statement was prepared before a column of the app's was altered; prepared anew it works. */
function isAboutPlan(message: unknown): boolean {
  return typeof message === "string" && message.includes("cached plan");
}

/** The statement was rolled back, because others wanted the same. */
const contended: ReadonlySet<string> = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
]);

/** It was rolled back for another reason, or never reached the database. */
const undone: ReadonlySet<string> = new Set([
  "53300", // too_many_connections
  "57P03", // cannot_connect_now: it is starting
  "ECONNREFUSED",
  "ENOENT",
  "CONNECT_TIMEOUT",
]);

/** The connection broke while the statement was under way. */
const unknown: ReadonlySet<string> = new Set([
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
]);

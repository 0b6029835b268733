import type { Repeatable } from "../retry.ts";

/** What mysql2 says of a failure. */
interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  /** Given where the server answered; else the connection failed. */
  readonly sqlState?: string;
  readonly fatal?: boolean;
}

/** Failures after which the server had changed nothing. */
const undone = new WeakSet<object>();

/** Answers with which the server says that it has done nothing, because others wanted the same. */
const contended = new Set([
  1213, // deadlock: this one of the two was rolled back
  1020, // MariaDB: the row has changed since this statement began to look
]);

/** The same, for another reason that passes. */
const passing = new Set([
  1205, // somebody else holds a lock for too long
  1615, // the statement must be prepared again
]);

/** The same, and the connection is of no further use. */
const passingElsewhere = new Set([
  1243, // the server, or a proxy, has forgotten the prepared statement
  1290,
  1792,
  1836, // read-only: no longer, or not yet, the primary
  1040,
  1203, // too many connections
  1047, // a node of a cluster that is not ready yet
  1053, // shutting down
  4031, // closed, because it was idle for too long
]);

/** Codes of a connection that could not be made or that broke. */
const network = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "PROTOCOL_CONNECTION_LOST",
]);

/** MariaDB's farewell to a connection that an operator ended. */
const killed = 1927;

/** Notes of a failure that nothing was done: it came before anything was sent, or before the commit was. */
export function noteUndone(error: unknown): void {
  if (typeof error === "object" && error !== null) undone.add(error);
}

/** Whether the connection goes on working after this failure: the server answered, and still is the right one. */
export function leavesConnection(error: unknown): boolean {
  const { sqlState, errno = 0, fatal } = driverError(error);
  return sqlState !== undefined && fatal !== true && errno !== killed && !passingElsewhere.has(errno);
}

/** Whether an insert found its row there already. */
export function isDuplicate(error: unknown): boolean {
  return driverError(error).errno === 1062;
}

/** Whether there is no such table. */
export function isMissingTable(error: unknown): boolean {
  return driverError(error).errno === 1146;
}

/** What a failure means for making the call again. */
export function judge(error: unknown): Repeatable {
  const { code = "", errno = 0, fatal } = driverError(error);
  if (contended.has(errno)) return "contended";
  if (passing.has(errno) || passingElsewhere.has(errno)) return "any";
  if (!network.has(code) && errno !== killed && fatal !== true) return "never";
  return undone.has(error as object) ? "any" : "safe";
}

function driverError(error: unknown): DriverError {
  return typeof error === "object" && error !== null ? error : {};
}

import type { z } from "zod";
import type { ErrorCode } from "../domain/errors.ts";

/** One route: everything that the handler, the client's types and the OpenAPI document need to know. */
export interface Route<Input, Output> {
  readonly method: "GET" | "POST" | "DELETE";
  /** Answers every method alike: a proxy may ask by that of the request it has, and no preflight's 204 may let that through. */
  readonly anyMethod?: true;
  /** Below the mount point; `{name}` is a path parameter. */
  readonly path: string;
  /** Other paths that answer the same. */
  readonly aliases?: readonly string[];
  /** Who may call: anybody, the holder of a live session, or a configured service (RFC 6749 §2.3.1). */
  readonly access: "public" | "session" | "service";
  /** Also for who holds a session that idled, where it can be resumed. */
  readonly resumes?: true;
  /** Pages of other sites may send the browser here: what the route acts on proves by itself where it comes from. */
  readonly fromElsewhere?: true;
  /**
   * Whether it may be called in a session in which somebody acts as its user. False wherever credentials, or what else
   * is open of the user's, could change; visitors, who have no account, may not call such a route either.
   */
  readonly inImpersonation: boolean;
  readonly summary: string;
  /** What bodies are read: none, JSON, JSON or an HTML form, a form only, or whatever the app makes of it. */
  readonly body: "none" | "json" | "json-or-form" | "form" | "any";
  readonly input: z.ZodType<Input>;
  /** The fields of the input that may stand in the URL's query as well; never one with a credential. */
  readonly query?: z.ZodType<Partial<Input>>;
  /** Null for a stream, and for what only ever sends the browser on. */
  readonly output: z.ZodType<Output> | null;
  /** Sends the browser on (303) where it does not answer. */
  readonly redirects?: true;
  /** The codes it answers with beyond those that every route may. */
  readonly errors: readonly ErrorCode[];
}

/** What a route may answer with because of who may call it. */
export function accessErrors({
  access,
  inImpersonation,
}: Pick<Route<unknown, unknown>, "access" | "inImpersonation">): readonly ErrorCode[] {
  if (access !== "session") return [];
  const needed: readonly ErrorCode[] = ["unauthenticated", "session_ended"];
  return inImpersonation ? needed : [...needed, "impersonation_forbidden"];
}

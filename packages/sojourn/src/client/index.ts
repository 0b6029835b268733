export { type Client, createClient } from "./client.ts";
export type { ClientOptions } from "./client-options.ts";
export { type ClientError, isAuthError, type Result } from "./result.ts";
export type { SessionState, ShownData } from "./session-state.ts";
export type { ReadableStore } from "./store.ts";
export type { TokenStorage } from "./token-storage.ts";
export type {
  AuthShape,
  CredentialsFor,
  DataOf,
  Live,
  SessionOf,
  SignInInputs,
  SignInOptions,
  SignUpInputs,
  UserOf,
} from "./types.ts";
export type { EndedReply, SessionListEntry, SessionReply } from "../contract/types.ts";
export type { Duration } from "../domain/parse-duration.ts";
export type { BaseUser } from "../domain/principal.ts";
export type { Renewal } from "../domain/renewal.ts";
export type { EndReason, Session } from "../domain/session.ts";

"use client";

import { createContext, useContext } from "react";
import type { AuthShape, Client, DataOf, SessionOf, SessionState, UserOf } from "../client/index.ts";
import type { RegisteredAuth } from "./register.ts";
import type { SessionSource } from "./session-source.ts";

/** The client of an app's `auth`, as its hooks hand it out. */
export type AppClient<Auth extends AuthShape = RegisteredAuth> = Client<
  UserOf<Auth>,
  SessionOf<Auth>,
  DataOf<Auth>
>;
/** Who is signed in, with the app's own types. */
export type AppSessionState<Auth extends AuthShape = RegisteredAuth> = SessionState<
  UserOf<Auth>,
  SessionOf<Auth>,
  DataOf<Auth>
>;

/** What the provider hands down; null outside of one. */
export const SessionContext: React.Context<SessionSource | null> = createContext<SessionSource | null>(null);

/** Of the provider above. @throws {Error} where there is none. */
export function useSource(): SessionSource {
  const source = useContext(SessionContext);
  if (source) return source;
  throw new Error("Add a SessionProvider.");
}

/** The client that the provider above was given. @throws {Error} outside of a provider. */
export function useClient<Auth extends AuthShape = RegisteredAuth>(): AppClient<Auth> {
  return useSource().client as unknown as AppClient<Auth>;
}

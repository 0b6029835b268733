"use client";

import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { AuthShape, EndReason, SessionState, UserOf } from "../client/index.ts";
import { type AppClient, type AppSessionState, useSource } from "./context.ts";
import type { RegisteredAuth } from "./register.ts";
import { seeming } from "./session-source.ts";
import { useLatest } from "./use-latest.ts";

/** What can be done about the session, and how it stands in short. The functions are the same at each rendering. */
export interface SessionActs<Auth extends AuthShape = RegisteredAuth> {
  readonly refresh: AppClient<Auth>["refresh"];
  readonly signIn: AppClient<Auth>["signIn"];
  readonly signOut: AppClient<Auth>["signOut"];
  readonly touch: AppClient<Auth>["touch"];
  /** Nothing is known yet. Never true again while the server is only asked anew. */
  readonly isLoading: boolean;
  readonly isAuthenticated: boolean;
}

/** What {@link useSession} returns: the state of the session, and what can be done about it. */
export type UseSession<Auth extends AuthShape = RegisteredAuth> = AppSessionState<Auth> & SessionActs<Auth>;
/** The same where a session is required: whoever has none is being sent away, which looks like waiting. */
export type UseRequiredSession<Auth extends AuthShape = RegisteredAuth> = Exclude<
  UseSession<Auth>,
  { readonly status: "signed-out" }
>;

/** The options of {@link useSession}. */
export interface UseSessionOptions {
  /** Whoever is not signed in has nothing to do here: `onUnauthenticated` is called. Default false. */
  readonly required?: boolean;
  /** Sends the visitor to sign in, for instance. @param reason why the session is over that was there, if there was one. */
  readonly onUnauthenticated?: (reason: EndReason | null) => void;
}

/**
 * Who is signed in. Rendering it costs no request, however many components do.
 *
 * @throws {Error} outside of a `SessionProvider`.
 */
export function useSession<Auth extends AuthShape = RegisteredAuth>(
  options: UseSessionOptions & { readonly required: true },
): UseRequiredSession<Auth>;
export function useSession<Auth extends AuthShape = RegisteredAuth>(
  options?: UseSessionOptions,
): UseSession<Auth>;
export function useSession({ required = false, onUnauthenticated }: UseSessionOptions = {}): unknown {
  const { client } = useSource();
  const state = useSessionState();
  const isSentAway = useRequirement(state, required, onUnauthenticated);

  return useMemo(() => {
    const { refresh, signIn, signOut, touch } = client as unknown as SessionActs;
    const shown = isSentAway ? seeming(state, "pending") : state;
    const isAuthenticated = shown.status === "signed-in";
    return { ...shown, refresh, signIn, signOut, touch, isLoading: shown.isPending, isAuthenticated };
  }, [client, state, isSentAway]);
}

/** The bare state, the same object for as long as nothing changes. */
export function useSessionState(): SessionState {
  const source = useSource();
  return useSyncExternalStore(source.listen, source.get, source.first);
}

/** Calls `act` where a session is required and known not to be there. @returns whether that is so. */
export function useRequirement(
  { status, reason }: SessionState,
  isRequired: boolean,
  act: UseSessionOptions["onUnauthenticated"],
): boolean {
  const isSentAway = isRequired && status === "signed-out";
  const latest = useLatest(act);
  useEffect(() => {
    if (isSentAway) latest.current?.(reason);
  }, [isSentAway, reason, latest]);
  return isSentAway;
}

/** What {@link useAuth} returns: all that {@link useSession} does, and the names that other libraries have for it. */
export type UseAuth<Auth extends AuthShape = RegisteredAuth> = UseSession<Auth> & {
  /** As `isLoading`. */
  readonly loading: boolean;
  /** As `isAuthenticated`. */
  readonly authenticated: boolean;
  /** Asks the server. @returns who is signed in; null if nobody is or it cannot be asked. */
  readonly checkSession: () => Promise<UserOf<Auth> | null>;
  /** As `signOut`. */
  readonly clearSession: AppClient<Auth>["signOut"];
  /** As `signOut`. */
  readonly logout: AppClient<Auth>["signOut"];
  /** As `signIn`. */
  readonly login: AppClient<Auth>["signIn"];
};

/** {@link useSession} under further names, for pages that come from elsewhere. @throws {Error} outside of a `SessionProvider`. */
export function useAuth<Auth extends AuthShape = RegisteredAuth>(): UseAuth<Auth> {
  const session = useSession<Auth>();
  const { client } = useSource();
  const auth: unknown = useMemo(() => {
    const { isLoading: loading, isAuthenticated: authenticated, signIn: login, signOut: logout } = session;
    const checkSession = async (): Promise<unknown> => (await client.getSession()).data?.user ?? null;
    return { ...session, loading, authenticated, checkSession, clearSession: logout, logout, login };
  }, [client, session]);
  return auth as UseAuth<Auth>;
}

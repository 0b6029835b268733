"use client";

export { type AppClient, type AppSessionState, useClient } from "./context.ts";
export * from "./gates.tsx";
export * from "./register.ts";
export { SessionProvider, type SessionProviderProps } from "./session-provider.tsx";
export {
  type SessionActs,
  useAuth,
  type UseAuth,
  type UseRequiredSession,
  useSession,
  type UseSession,
  type UseSessionOptions,
} from "./use-session.ts";
export { useSessions, type UseSessions } from "./use-sessions.ts";

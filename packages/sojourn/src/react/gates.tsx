"use client";

import type { ReactNode } from "react";
import type { AuthShape, ClientError, EndReason, Live, SessionOf, UserOf } from "../client/index.ts";
import { useClient } from "./context.ts";
import type { RegisteredAuth } from "./register.ts";
import { useRequirement, useSessionState } from "./use-session.ts";

/** What is shown to somebody who is signed in: as it is, or made of who that is. */
export type SignedInChildren<Auth extends AuthShape = RegisteredAuth> =
  | ReactNode
  | ((live: Live<UserOf<Auth>, SessionOf<Auth>>) => ReactNode);

/** What {@link SignedIn} takes. */
export interface SignedInProps<Auth extends AuthShape = RegisteredAuth> {
  readonly children?: SignedInChildren<Auth>;
  /** Instead, for everybody else. */
  readonly fallback?: ReactNode;
}

/** Shows something to those who are signed in. What is shown is no protection: the server has to refuse as well. */
export function SignedIn<Auth extends AuthShape = RegisteredAuth>(props: SignedInProps<Auth>): ReactNode {
  const { children, fallback } = props;
  const state = useSessionState();
  if (state.status !== "signed-in") return fallback;
  if (typeof children !== "function") return children;
  return children(state as unknown as Live<UserOf<Auth>, SessionOf<Auth>>);
}

/** What {@link SignedOut} takes. */
export interface SignedOutProps {
  readonly children?: ReactNode | ((reason: EndReason | null) => ReactNode);
}

/** Shows something to those who are known not to be signed in. While that is not known yet, nothing. */
export function SignedOut({ children }: SignedOutProps): ReactNode {
  const { status, reason } = useSessionState();
  if (status !== "signed-out") return null;
  return typeof children === "function" ? children(reason) : children;
}

/** What {@link LoadingGate} takes. */
export interface LoadingGateProps {
  readonly children?: ReactNode;
  /** While nothing is known. */
  readonly fallback?: ReactNode;
  /** While nothing is known because the server cannot be asked. Default: as `fallback`. */
  readonly failed?: (error: ClientError, retry: () => void) => ReactNode;
}

/** Waits until it is known whether somebody is signed in. Asking again behind what is shown never brings the waiting back. */
export function LoadingGate({ children, fallback, failed }: LoadingGateProps): ReactNode {
  const { isPending, error } = useSessionState();
  const client = useClient();
  if (!isPending) return children;
  return error && failed ? failed(error, () => void client.getSession()) : fallback;
}

/** What {@link RequireSession} takes. */
export interface RequireSessionProps<Auth extends AuthShape = RegisteredAuth> extends SignedInProps<Auth> {
  /** While nothing is known. Default: nothing. */
  readonly loading?: ReactNode;
  /** Sends the visitor to sign in, for instance; called once nobody is known to be signed in. */
  readonly onUnauthenticated?: (reason: EndReason | null) => void;
}

/** Shows a page to those who are signed in, and sends others away: by what `fallback` does, or by `onUnauthenticated`. */
export function RequireSession<Auth extends AuthShape = RegisteredAuth>(
  props: RequireSessionProps<Auth>,
): ReactNode {
  const { loading, onUnauthenticated, ...gate } = props;
  const state = useSessionState();
  useRequirement(state, true, onUnauthenticated);
  return state.isPending ? loading : <SignedIn {...gate} />;
}

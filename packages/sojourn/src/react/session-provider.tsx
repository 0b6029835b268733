"use client";

import { type ReactElement, type ReactNode, useEffect, useMemo, useRef } from "react";
import type { EndReason, SessionReply } from "../client/index.ts";
import { SessionContext } from "./context.ts";
import { type AnyClient, sessionSource } from "./session-source.ts";
import { useLatest } from "./use-latest.ts";

/** What {@link SessionProvider} takes. */
export interface SessionProviderProps {
  /** Made by `createClient`, once, outside of any component. */
  readonly client: Pick<AnyClient, keyof AnyClient>;
  /**
   * What the server found when it rendered this page, from `auth.snapshot(request)`; null if nobody is signed in. With it the
   * first rendering in the browser is the server's, and nothing is asked. Without it everything is pending at first.
   */
  readonly initial?: SessionReply | null | undefined;
  /** The session is over, but not by the user's own signing out. */
  readonly onExpired?: ((reason: EndReason | null) => void) | undefined;
  readonly children?: ReactNode;
}

/** Lets all that is below know who is signed in, and keeps that up for as long as it is there. */
export function SessionProvider({
  client,
  initial,
  onExpired,
  children,
}: SessionProviderProps): ReactElement {
  const first = useRef(initial);
  const source = useMemo(() => sessionSource(client, first.current), [client]);
  const expired = useLatest(onExpired);

  useEffect(() => source.listen(() => {}), [source]);
  useEffect(() => client.onExpired((reason) => expired.current?.(reason)), [client, expired]);
  useEffect(() => {
    if (initial === first.current) return;
    first.current = initial;
    // A page of the server that is shown later may be from before somebody signed in here.
    if (initial) client.hydrate(initial);
    else void client.getSession();
  }, [client, initial]);

  return <SessionContext.Provider value={source}>{children}</SessionContext.Provider>;
}

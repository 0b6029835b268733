"use client";

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ClientError, EndedReply, Result, SessionListEntry } from "../client/index.ts";
import { useSource } from "./context.ts";
import type { SessionSource } from "./session-source.ts";
import { useSessionState } from "./use-session.ts";

/** What {@link useSessions} returns. */
export interface UseSessions {
  /** Where the user is signed in, as the server last said; null until it has. */
  readonly sessions: readonly SessionListEntry[] | null;
  /** Nothing is known yet. Not so where nobody is signed in: they have no list. */
  readonly isLoading: boolean;
  /** Why the list could not be had; null if it could. The list from before stays. */
  readonly error: ClientError | null;
  /** The sids of those that are being ended. */
  readonly ending: readonly string[];
  /** Asks for the list anew. */
  readonly reload: () => Promise<void>;
  /** Ends one. It stays in the list until the server has ended it. */
  readonly revoke: (sid: string) => Promise<Result<EndedReply>>;
  /** Ends all but this one. */
  readonly revokeOthers: () => Promise<Result<EndedReply>>;
}

type List = Result<readonly SessionListEntry[]>;
/** A list is of one user, and whoever signs in next is another one. */
type KnownByUser = Readonly<Record<string, Pick<UseSessions, "sessions" | "error">>>;
type Calls = SessionSource["client"]["sessions"];

/** By session: components that want its list at the same time share one request. */
const underWay = new Map<string, Promise<List>>();

function askOnce(calls: Calls, sid: string): Promise<List> {
  const asked = underWay.get(sid) ?? calls.list().finally(() => underWay.delete(sid));
  underWay.set(sid, asked);
  return asked;
}

/** Where the user is signed in, and how to end that. @throws {Error} outside of a `SessionProvider`. */
export function useSessions(): UseSessions {
  const { sessions: calls } = useSource().client;
  const { session, status } = useSessionState();
  const { sid = "", userId = "" } = session ?? {};
  const [byUser, setKnown] = useState<KnownByUser>({});
  const [ending, setEnding] = useState<readonly string[]>([]);
  const latest = useRef<Promise<List> | null>(null);
  const known = byUser[userId];

  const load = useCallback(
    async (asked: Promise<List>) => {
      latest.current = asked;
      const { data, error = null } = await asked;
      // What was asked before says how it was before.
      if (asked === latest.current)
        setKnown((before) => ({ [userId]: { error, sessions: data ?? before[userId]?.sessions ?? null } }));
    },
    [userId],
  );
  useEffect(() => {
    if (sid) void load(askOnce(calls, sid));
  }, [calls, sid, load]);

  return useMemo(() => {
    const reload = (): Promise<void> => load(calls.list());
    const end = async (
      sids: readonly string[],
      asked: Promise<Result<EndedReply>>,
    ): Promise<Result<EndedReply>> => {
      setEnding((before) => [...before, ...sids]);
      const result = await asked;
      // What is not found has ended before.
      if (result.ok || result.error.status === 404) await reload();
      setEnding((before) => before.filter((one) => !sids.includes(one)));
      return result;
    };
    const others = known?.sessions?.flatMap((entry) => (entry.current ? [] : entry.sid)) ?? [];
    return {
      sessions: null,
      error: null,
      ...known,
      isLoading: !known && status !== "signed-out",
      ending,
      reload,
      revoke: (one) => end([one], calls.revoke(one)),
      revokeOthers: () => end(others, calls.revokeOthers()),
    };
  }, [known, status, ending, load, calls]);
}

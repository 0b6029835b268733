import type { Client, ReadableStore, SessionReply, SessionState } from "../client/index.ts";

/** A client of any app. */
export type AnyClient = Client<{ readonly id: string }, object>;

/** Where components see who is signed in. */
export interface SessionSource {
  readonly client: AnyClient;
  /** Now. */
  readonly get: () => SessionState;
  /** As the server rendered it, so that the browser's first rendering is the same. */
  readonly first: () => SessionState;
  readonly listen: (listener: () => void) => () => void;
}

/**
 * Looks at a client through what the server found. Nothing is changed while React renders, and on a server nothing at
 * all: a client that several requests share there must not learn of any of them.
 *
 * @param initial what the server found; undefined if it did not look.
 */
export function sessionSource(client: AnyClient, initial: SessionReply | null | undefined): SessionSource {
  const live = client.$session as unknown as ReadableStore<SessionState>;
  const first = initial === undefined ? live.init : foundState(live.init, initial);
  let hasBegun = false;
  return {
    client,
    first: () => first,
    get() {
      const state = live.get();
      return state.isPending && !hasBegun ? first : state;
    },
    listen(listener) {
      // The server says when it looked, so what is old is not taken; that it found nobody may be old as well.
      if (!hasBegun && initial !== undefined && (initial || live.get().isPending)) client.hydrate(initial);
      hasBegun = true;
      return live.listen(listener);
    },
  };
}

function foundState(pending: SessionState, found: SessionReply | null): SessionState {
  const { session = null, user = null } = found ?? {};
  const status = found ? "signed-in" : "signed-out";
  return { ...pending, status, session, user, isPending: false } as SessionState;
}

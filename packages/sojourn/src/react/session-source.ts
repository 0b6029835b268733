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
  const status = initial ? "signed-in" : "signed-out";
  const first = initial === undefined ? live.init : seeming(live.init, status, initial);
  let hasBegun = false;
  return {
    client,
    first: () => first,
    get: () => (hasBegun || !live.value.isPending ? live.value : first),
    listen(listener) {
      // The server says when it looked, so what is old is not taken; that it found nobody may be old as well.
      if (!hasBegun && initial !== undefined && (initial || live.value.isPending)) client.hydrate(initial);
      hasBegun = true;
      return live.listen(listener);
    },
  };
}

/** A state as if nothing but this were known. */
export function seeming(
  state: SessionState,
  status: SessionState["status"],
  found?: SessionReply | null,
): SessionState {
  const { session = null, user = null, data = null } = found ?? {};
  const isPending = status === "pending";
  return { ...state, status, session, user, data, isPending, reason: null } as SessionState;
}

/**
 * The request headers by which the proxy tells the app behind it who is signed in, as `GET /forward` does: what is not
 * visible ASCII, and `%`, is percent-encoded as UTF-8.
 */
const identityHeaders = {
  userId: "x-user-id",
  sid: "x-session-id",
  /** `user`, `agent` or `service`. */
  kind: "x-session-kind",
  /** The user who acts in the session, in most its own. */
  actor: "x-actor-id",
} as const;

/** Path and query of the page, for the way back to it: server components are not told. */
export const pathHeader = "x-sojourn-path";

/** Says that the proxy has renewed the credentials of the request: a route behind it need not do that again. */
export const renewedHeader = "x-sojourn-renewed";

/** Whose a request is. */
export interface Identity {
  readonly session: {
    readonly sid: string;
    readonly kind: string;
    readonly actor?: { readonly userId: string } | null;
  };
  readonly user: { readonly id: string };
}

/** The headers of a request for the app: without what a client claims of itself, and with what is known. */
export function withIdentity(headers: Headers, path: string, known: Identity | null): Headers {
  const copy = new Headers(headers);
  for (const name of [...Object.values(identityHeaders), renewedHeader]) copy.delete(name);
  copy.set(pathHeader, path);
  if (known === null) return copy;
  const { session, user } = known;
  copy.set(identityHeaders.userId, encoded(user.id));
  copy.set(identityHeaders.sid, session.sid);
  copy.set(identityHeaders.kind, session.kind);
  copy.set(identityHeaders.actor, encoded(session.actor?.userId ?? user.id));
  return copy;
}

/** No value can end a header, or be read in two ways. Half of a surrogate pair has no UTF-8. */
function encoded(id: string): string {
  return encodeURI(id.replace(/[\ud800-\udfff]/gu, "\ufffd"));
}

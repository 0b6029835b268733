/** In the reply of `GET /session`: why the session is over that was asked about. Its value is an `EndReason`. */
export const endReasonHeader = "Sojourn-End-Reason";
/** In a 401 of `/forward`, where a proxy asks for it: where whoever opens the page signs in, with the way back. */
export const signInHeader = "Sojourn-Sign-In";
/**
 * In the 200 of `/forward`: who is signed in, for the server behind the proxy. What is not visible ASCII, and `%`, is
 * percent-encoded as UTF-8 (RFC 3986 §2.1), so that no value can end a header or is read in two ways. None is ever left
 * out: a proxy that copies what is not there may leave what the client sent, or a placeholder.
 */
export const identityHeaders = {
  userId: "X-User-Id",
  sid: "X-Session-Id",
  /** `user`, `agent` or `service`. */
  kind: "X-Session-Kind",
  /** Who acts in the session: its user, or somebody who acts as them. */
  actor: "X-Actor-Id",
} as const;

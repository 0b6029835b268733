/** In the reply of `GET /session`: why the session is over that was asked about. Its value is an `EndReason`. */
export const endReasonHeader = "Sojourn-End-Reason";

/** All that a session is made of, in the order in which the library reads it. */
const columns = [
  "user_id",
  "kind",
  "method",
  "transport",
  "remember",
  "created_at",
  "auth_time",
  "last_seen_at",
  "idle_timeout",
  "expires_at",
  "ended_at",
  "end_reason",
  "version",
  "secret_hash",
  "counter",
  "confirmed_counter",
  "rotated_at",
  "seed",
  "key_id",
  "ip",
  "user_agent",
  "amr",
  "acr",
  "actor",
  "data",
];

const record = columns.join(", ");
const recordOfSession = columns.map((column) => `s.${column}`).join(", ");
const alive = "ended_at IS NULL AND ? < over_at";

/**
 * The statements that the same work takes when there is nothing around it: the same tables, the same columns,
 * the key given as the 16 bytes it is stored as.
 */
export const rawSql = {
  find: `SELECT ${recordOfSession}, u.id, u.email, u.email_verified, u.name, u.role, u.status, u.created_at
    FROM sojourn_session AS s LEFT JOIN sojourn_user AS u ON u.id = s.user_id WHERE s.sid = ?`,
  create: `INSERT INTO sojourn_session (sid, ${record}) VALUES (?${", ?".repeat(columns.length)})`,
  rotate: `UPDATE sojourn_session SET counter = counter + 1, confirmed_counter = counter, rotated_at = ?
    WHERE sid = ? AND counter = ? AND ${alive} RETURNING ${record}`,
  touch: `UPDATE sojourn_session SET last_seen_at = ? WHERE sid = ? AND ${alive}`,
  list: `SELECT ${record}, sid FROM sojourn_session WHERE user_id = ? AND ${alive} ORDER BY last_seen_at DESC LIMIT 100`,
  revoke: `UPDATE sojourn_session SET ended_at = ?, end_reason = 'revoked' WHERE sid = ? AND ${alive} RETURNING ${record}`,
  revokeByUser: `UPDATE sojourn_session SET ended_at = ?, end_reason = 'revoked' WHERE user_id = ? AND ${alive} RETURNING sid`,
  /** Not measured: brings sessions back, so that they can be ended again. */
  revive: "UPDATE sojourn_session SET ended_at = NULL, end_reason = NULL WHERE sid = ?",
  reviveByUser:
    "UPDATE sojourn_session SET ended_at = NULL, end_reason = NULL WHERE user_id = ? AND ended_at IS NOT NULL",
};

/** The bytes of a sid. */
export function sidBytes(sid: string): Uint8Array {
  return Buffer.from(sid.replaceAll("-", ""), "hex");
}

/** A sid like those of the library: ordered by time, so that rows made together lie together. */
export function newSid(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  const random = crypto.randomUUID();
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
}

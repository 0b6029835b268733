import { recordColumns } from "../session-row.ts";
import type { SessionStatements } from "../statements.ts";
import type { CastId, UserJoin } from "../user-table.ts";

const record = recordColumns.join(", ");
const recordOfSession = recordColumns.map((column) => `s.${column}`).join(", ");
const recordParameters = recordColumns.map(() => "?").join(", ");

/** Whether the session is alive at the time given for `?`. */
const alive = "ended_at IS NULL AND ? < over_at";
const aliveSession = `sid = unhex(?, '-') AND ${alive}`;

/** Everything is quoted by SQLite itself: no key can leave its place in the path. */
const pathOfKey = "'$.' || json_quote(?)";
const dataWithKey = `json_set(data, ${pathOfKey}, json(?))`;

/** AUTOINCREMENT keeps it here, whether or not the entry still exists; 0 before the first. */
const lastPosition = "SELECT nullif(seq, 0) FROM sqlite_sequence WHERE name = 'sojourn_revocation'";

const insert = `INSERT INTO sojourn_session (sid, ${record}, session_limit) SELECT unhex(?, '-'), ${recordParameters}, ?`;

/** How SQLite compares a session's user with an id of the app's. */
export const castId: CastId = (expression, idType) =>
  idType === "integer" ? `CAST(${expression} AS INTEGER)` : expression;

/** The statements on sessions as SQLite (3.43 or later) speaks them. @param users where `find` gets users from; null for nowhere. */
export function sessionStatements(users: UserJoin | null): SessionStatements {
  return { ...statements, find: users === null ? statements.find : findWithUser(users) };
}

const findWithUser = ({ columns, join }: UserJoin): string =>
  `SELECT ${recordOfSession}, ${columns} FROM sojourn_session AS s ${join} WHERE s.sid = unhex(?, '-')`;

const statements: SessionStatements = {
  create: `${insert} WHERE true ON CONFLICT (sid) DO NOTHING`,

  createUnlessFull: `${insert}
    WHERE (SELECT count(*) FROM sojourn_session WHERE user_id = ? AND kind = ? AND ${alive}) < ?
    ON CONFLICT (sid) DO NOTHING`,

  evictedBy: "SELECT sid FROM sojourn_session WHERE ended_by = unhex(?, '-') ORDER BY created_at, sid",

  find: `SELECT ${record} FROM sojourn_session WHERE sid = unhex(?, '-')`,

  // Each touch is weighed on its own against the session as it stands; then all of one session's become one.
  touch: `UPDATE sojourn_session SET
      last_seen_at = max(last_seen_at, coalesce(batch.seen_at, last_seen_at)),
      confirmed_counter = max(confirmed_counter, coalesce(batch.confirmed, confirmed_counter)),
      rotated_at = max(rotated_at, coalesce(batch.confirmed_at, rotated_at))
    FROM (
      SELECT s.sid AS sid, max(touch.seen_at) AS seen_at,
        max(CASE WHEN touch.counter <= s.counter THEN touch.counter END) AS confirmed,
        max(CASE WHEN touch.counter <= s.counter AND touch.counter > s.confirmed_counter THEN touch.now END)
          AS confirmed_at
      FROM (
        SELECT unhex(value ->> 0, '-') AS sid, value ->> 1 AS seen_at, value ->> 2 AS now, value ->> 3 AS counter
        FROM json_each(?)
      ) AS touch
      CROSS JOIN sojourn_session AS s ON s.sid = touch.sid
      WHERE s.ended_at IS NULL AND touch.now < s.over_at
      GROUP BY s.sid
    ) AS batch
    WHERE sojourn_session.sid = batch.sid`,

  rotate: `UPDATE sojourn_session SET
      counter = counter + 1, confirmed_counter = max(confirmed_counter, counter), rotated_at = ?, key_id = ?
    WHERE sid = unhex(?, '-') AND counter = ? AND ${alive}
    RETURNING ${record}`,

  update: (columns) => `UPDATE sojourn_session SET
      ${columns.map((column) => `${column} = ${column === "last_seen_at" ? "max(last_seen_at, ?)" : "?"}, `).join("")}
      version = version + 1
    WHERE sid = unhex(?, '-') AND version = ? AND ${alive}
    RETURNING ${record}`,

  setData: `UPDATE sojourn_session SET data = ${dataWithKey}
    WHERE ${aliveSession} AND octet_length(${dataWithKey}) <= ?`,

  deleteData: `UPDATE sojourn_session SET data = json_remove(data, ${pathOfKey}) WHERE ${aliveSession}`,

  takeData: `UPDATE sojourn_session SET data = json_remove(data, ${pathOfKey})
    WHERE ${aliveSession} AND data -> (${pathOfKey}) = ?`,

  isAlive: `SELECT 1 FROM sojourn_session WHERE ${aliveSession}`,

  revoke: `UPDATE sojourn_session SET ended_at = ?, end_reason = ? WHERE ${aliveSession} RETURNING ${record}`,

  revokeByUser: `UPDATE sojourn_session SET ended_at = ?, end_reason = ?
    WHERE user_id = ? AND sid IS NOT unhex(?, '-') AND ${alive}
    RETURNING sid`,

  listByUser: `SELECT ${record}, sid FROM sojourn_session
    WHERE user_id = ? AND ${alive}
    ORDER BY last_seen_at DESC, sid DESC LIMIT ? OFFSET ?`,

  announce: `INSERT INTO sojourn_revocation (user_id, reason, ended_at, expires_at) VALUES (?, ?, ?, ?)`,

  revokedSince: `SELECT (${lastPosition}), page.seq, page.sid, page.user_id, page.reason, page.ended_at, page.expires_at
    FROM (SELECT 1) LEFT JOIN (
      SELECT * FROM sojourn_revocation
      WHERE seq > (SELECT CASE WHEN position <= (${lastPosition}) THEN position ELSE 0 END FROM (SELECT ? AS position))
      ORDER BY seq LIMIT ?
    ) AS page ON true
    ORDER BY page.seq`,

  deleteSessions: `DELETE FROM sojourn_session WHERE sid IN (
      SELECT sid FROM sojourn_session WHERE over_at < ? ORDER BY over_at LIMIT ?)`,

  deleteRevocations: `DELETE FROM sojourn_revocation WHERE seq IN (
      SELECT seq FROM sojourn_revocation WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
};

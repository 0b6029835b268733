import { type RecordColumn, recordColumns } from "../session-row.ts";
import type { SessionStatements } from "../statements.ts";
import type { CastId, UserJoin } from "../user-table.ts";

/** What each column is given as. A driver may send a number as a text, so the statement says what it is. */
const types: Readonly<Record<RecordColumn, string>> = {
  user_id: "text",
  kind: "text",
  method: "text",
  transport: "text",
  remember: "smallint",
  created_at: "bigint",
  auth_time: "bigint",
  last_seen_at: "bigint",
  idle_timeout: "bigint",
  expires_at: "bigint",
  ended_at: "bigint",
  end_reason: "text",
  version: "integer",
  secret_hash: "bytea",
  counter: "integer",
  confirmed_counter: "integer",
  rotated_at: "bigint",
  seed: "bytea",
  key_id: "text",
  ip: "text",
  user_agent: "text",
  amr: "text",
  acr: "text",
  actor: "text",
  // Through text: as json itself some drivers would encode it once more.
  data: "text::json",
};

/** A column as it is read. Drivers give bigint as text and double precision as the number it is, exact to 2^53. */
function reading(column: RecordColumn, of: string): string {
  if (column === "data")
    return `CASE WHEN ${of}data = '{}' THEN '{}' ELSE sojourn_data_text(${of}data) END AS data`;
  const isNumber = /int$|integer/.test(types[column]);
  return isNumber ? `${of}${column}::float8 AS ${column}` : `${of}${column}`;
}

const columns = recordColumns.join(", ");
const record = recordColumns.map((column) => reading(column, "")).join(", ");
const recordOfSession = recordColumns.map((column) => reading(column, "s.")).join(", ");
const given = recordColumns
  .map((column) => (column === "data" ? `sojourn_data_of(?::${types.data})` : `?::${types[column]}`))
  .join(", ");

/** Whether the session is alive at the time given for `?`. */
const alive = "ended_at IS NULL AND ?::bigint < over_at";
const aliveSession = `sid = ?::uuid AND ${alive}`;
const insert = `INSERT INTO sojourn_session (sid, ${columns}, session_limit) SELECT ?::uuid, ${given}, ?::integer`;
const withKey = "data || jsonb_build_object(?::text, ?::text)";

/** How many bytes of JSON all data would be with one key set. */
const sizeWithKey = `octet_length(sojourn_data_text(${withKey}))`;

/** What can be cast to a type without an error; written without a question mark, which would pass for a parameter. */
const idForms = {
  integer: "^-{0,1}[0-9]{1,18}$|^[1-8][0-9]{18}$",
  uuid: "^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$",
};

/**
 * How PostgreSQL compares a session's user with an id of the app's. An id that the app's column cannot hold is
 * nobody's. As an error it would fail for all whose sessions are looked up with it.
 */
export const castId: CastId = (expression, idType) => {
  if (idType === "text") return `${expression}::text`;
  return `substring(${expression}::text FROM '${idForms[idType]}')::${idType === "integer" ? "bigint" : idType}`;
};

/**
 * The statements on sessions as PostgreSQL (12 or later) speaks them, at its default isolation. Where one
 * writes several sessions it locks them in the order of their sids first, so that no two wait for each other.
 *
 * @param users where `find` gets users from; null for nowhere.
 */
export function sessionStatements(users: UserJoin | null): SessionStatements {
  const selected = `SELECT ${recordOfSession}${users === null ? "" : `, ${users.columns}`}`;
  const from = `FROM sojourn_session AS s ${users?.join ?? ""}`;
  return {
    ...statements,
    find: `${selected} ${from} WHERE s.sid = ?::uuid`,
    findMany: `${selected}, uuid_send(s.sid) AS sid ${from} WHERE s.sid = ANY(string_to_array(?::text, ',')::uuid[])`,
  };
}

const statements: Omit<SessionStatements, "find" | "findMany"> = {
  create: `${insert} ON CONFLICT (sid) DO NOTHING`,
  createUnlessFull: `${insert} WHERE sojourn_has_room(?::text, ?::text, ?::bigint, ?::integer)
    ON CONFLICT (sid) DO NOTHING`,
  evictedBy:
    "SELECT uuid_send(sid) AS sid FROM sojourn_session WHERE ended_by = ?::uuid ORDER BY created_at, sojourn_session.sid",

  // Each touch is weighed on its own against the session as it stands; then all of one session's become one.
  touch: `WITH touch AS (
      SELECT (value ->> 0)::uuid AS sid, (value ->> 1)::bigint AS seen_at, (value ->> 2)::bigint AS now,
        (value ->> 3)::bigint AS counter
      FROM json_array_elements(?::text::json) AS value
    ), locked AS (
      SELECT sid, counter, confirmed_counter, over_at FROM sojourn_session
      WHERE sid = ANY(ARRAY(SELECT sid FROM touch)) AND ended_at IS NULL
      ORDER BY sid FOR NO KEY UPDATE
    ), batch AS (
      SELECT locked.sid, max(touch.seen_at) AS seen_at,
        max(touch.counter) FILTER (WHERE touch.counter <= locked.counter) AS confirmed,
        max(touch.now) FILTER (WHERE touch.counter <= locked.counter AND touch.counter > locked.confirmed_counter)
          AS confirmed_at
      FROM touch JOIN locked ON locked.sid = touch.sid
      WHERE touch.now < locked.over_at
      GROUP BY locked.sid
    )
    UPDATE sojourn_session AS s SET
      last_seen_at = greatest(s.last_seen_at, batch.seen_at),
      confirmed_counter = greatest(s.confirmed_counter, batch.confirmed),
      rotated_at = greatest(s.rotated_at, batch.confirmed_at)
    FROM batch WHERE s.sid = batch.sid AND s.ended_at IS NULL`,

  rotate: `UPDATE sojourn_session SET
      counter = counter + 1, confirmed_counter = greatest(confirmed_counter, counter),
      rotated_at = ?::bigint, key_id = ?::text
    WHERE sid = ?::uuid AND counter = ?::integer AND ${alive}
    RETURNING ${record}`,
  update: (patched) => `UPDATE sojourn_session SET
      ${patched.map((column) => `${column} = ${patch(column)}, `).join("")}
      version = version + 1
    WHERE sid = ?::uuid AND version = ?::integer AND ${alive}
    RETURNING ${record}`,

  setData: `UPDATE sojourn_session SET data = ${withKey}
    WHERE ${aliveSession} AND ${sizeWithKey} <= ?::bigint`,
  deleteData: `UPDATE sojourn_session SET data = data - ?::text WHERE ${aliveSession}`,
  takeData: `UPDATE sojourn_session SET data = data - ?::text
    WHERE ${aliveSession} AND data ->> ?::text = ?::text`,
  isAlive: `SELECT 1 FROM sojourn_session WHERE ${aliveSession}`,

  revoke: `UPDATE sojourn_session SET ended_at = ?::bigint, end_reason = ?::text
    WHERE ${aliveSession} RETURNING ${record}`,
  revokeByUser: `WITH change AS (SELECT ?::bigint AS at, ?::text AS reason), locked AS (
      SELECT sid FROM sojourn_session
      WHERE user_id = ?::text AND sid IS DISTINCT FROM ?::uuid AND ${alive}
      ORDER BY sid FOR UPDATE
    )
    UPDATE sojourn_session AS s SET ended_at = change.at, end_reason = change.reason
    FROM locked, change WHERE s.sid = locked.sid AND s.ended_at IS NULL
    RETURNING uuid_send(s.sid)`,
  listByUser: `SELECT ${record}, uuid_send(sid) AS sid_bytes FROM sojourn_session
    WHERE user_id = ?::text AND ${alive}
    ORDER BY sojourn_session.last_seen_at DESC, sid DESC LIMIT ?::bigint OFFSET ?::bigint`,

  announce: `WITH place AS (UPDATE sojourn_feed SET position = position + 1 RETURNING position)
    INSERT INTO sojourn_revocation (seq, user_id, reason, ended_at, expires_at)
    SELECT position, ?::text, ?::text, ?::bigint, ?::bigint FROM place`,

  revokedSince: `SELECT feed.last::float8 AS last, page.seq::float8 AS seq, uuid_send(page.sid) AS sid, page.user_id,
      page.reason, page.ended_at::float8 AS ended_at, page.expires_at::float8 AS expires_at
    FROM (SELECT nullif(position, 0) AS last, ?::bigint AS asked FROM sojourn_feed) AS feed
    LEFT JOIN LATERAL (
      SELECT * FROM sojourn_revocation
      WHERE seq > CASE WHEN feed.asked <= feed.last THEN feed.asked ELSE 0 END
      ORDER BY seq LIMIT ?::bigint
    ) AS page ON true
    ORDER BY page.seq`,

  deleteSessions: `DELETE FROM sojourn_session WHERE sid = ANY(ARRAY(
      SELECT sid FROM sojourn_session WHERE over_at < ?::bigint ORDER BY over_at LIMIT ?::bigint
      FOR UPDATE SKIP LOCKED))`,
  deleteRevocations: `DELETE FROM sojourn_revocation WHERE seq = ANY(ARRAY(
      SELECT seq FROM sojourn_revocation WHERE expires_at < ?::bigint ORDER BY expires_at LIMIT ?::bigint
      FOR UPDATE SKIP LOCKED))`,
};

/** What a patch sets a column to. */
function patch(column: RecordColumn): string {
  return column === "last_seen_at" ? "greatest(last_seen_at, ?::bigint)" : `?::${types[column]}`;
}

import { type RecordColumn, recordColumns } from "../sql/session-row.ts";
import type { SessionStatements } from "../sql/statements.ts";
import { ownUsers } from "../sql/user-row.ts";
import type { CastId, UserJoin } from "../sql/user-table.ts";
import { changedData } from "./data-sql.ts";
import { script, type Step } from "./script.ts";
import { keyOf } from "./user-sql.ts";

const record = recordColumns.join(", ");
const recordOfSession = recordColumns.map((column) => `s.${column}`).join(", ");

/** The parameter of `create` that has the value of a column; the sid comes first. */
const given = (column: RecordColumn): string => `?${recordColumns.indexOf(column) + 2}`;
const limit = recordColumns.length + 2;

const sidOf = (parameter: string): string => `UNHEX(REPLACE(${parameter}, '-', ''))`;
/**
 * Whether the session is alive at a time. The sum keeps the index on the ends out of it: where few sessions
 * are alive that would seem the shortest way to one, but a verb changes that index while it holds the session,
 * and two that come from both sides wait for each other.
 */
const aliveAt = (time: string): string => `ended_at IS NULL AND ${time} < over_at + 0`;

/** A user's sessions, and never a look at others': not even where one user has most of the few there are. */
const byUser = "sojourn_session FORCE INDEX (sojourn_session_by_user)";

const insert = `INSERT INTO sojourn_session (sid, user_key, ${record})`;
const inserted = [
  sidOf("?1"),
  keyOf(given("user_id")),
  ...recordColumns.map((column) => (column === "data" ? `${given(column)}:lines` : given(column))),
].join(", ");

/** One sign-in of a user at a time. Who takes a second lock takes this one first. */
const lockUser = `SELECT bucket FROM sojourn_lock WHERE bucket = ORD(${keyOf(given("user_id"))}) FOR UPDATE`;

/**
 * Tells the feed of sessions that have just been ended. The row of the feed is locked from here to the
 * commit: whoever comes later gets later positions, and commits later.
 *
 * @param which tells them from all others, in words of `s`.
 */
const announce = (which: string, always: Pick<Step, "unlessNull"> = {}): readonly Step[] => [
  {
    ...always,
    sql: `UPDATE sojourn_feed
      SET last_seq = last_seq + (SELECT COUNT(*) FROM sojourn_session AS s WHERE ${which}) WHERE id = 1`,
    ifNothing: "fail",
  },
  {
    ...always,
    sql: `INSERT INTO sojourn_revocation (seq, sid, user_id, reason, ended_at, expires_at)
      SELECT f.last_seq + 1 - ROW_NUMBER() OVER (ORDER BY s.sid DESC),
        s.sid, s.user_id, s.end_reason, s.ended_at, s.expires_at
      FROM sojourn_session AS s CROSS JOIN sojourn_feed AS f
      WHERE f.id = 1 AND ${which}`,
    ifNothing: "fail",
  },
];

const create = script(
  { sql: lockUser, unlessNull: limit },
  { sql: `${insert} VALUES (${inserted})`, ifNothing: "stop" },
  // First for writing: who only reads them first, and another who writes, would wait for each other.
  {
    sql: `SELECT sid FROM ${byUser} WHERE user_key = ${keyOf(given("user_id"))} ORDER BY sid FOR UPDATE`,
    unlessNull: limit,
  },
  {
    sql: `UPDATE (
        SELECT sid, ROW_NUMBER() OVER (ORDER BY created_at DESC, sid DESC) AS place
        FROM ${byUser}
        WHERE user_key = ${keyOf(given("user_id"))} AND kind = ${given("kind")} AND sid <> ${sidOf("?1")}
          AND ${aliveAt(given("created_at"))}
      ) AS newest_first
      STRAIGHT_JOIN sojourn_session AS s ON s.sid = newest_first.sid
      SET s.ended_at = ${given("created_at")}, s.end_reason = 'limit', s.ended_by = ${sidOf("?1")}
      WHERE newest_first.place >= ?${limit}`,
    unlessNull: limit,
    ifNothing: "stop",
  },
  ...announce(`s.ended_by = ${sidOf("?1")}`, { unlessNull: limit }),
);

const createUnlessFull = script(
  { sql: lockUser },
  {
    sql: `${insert} SELECT ${inserted} FROM DUAL
      WHERE (SELECT COUNT(*) FROM ${byUser}
        WHERE user_key = ${keyOf(`?${limit + 1}`)} AND kind = ?${limit + 2} AND ${aliveAt(`?${limit + 3}`)}) < ?${limit + 4}`,
  },
);

/** A change of one session, and what it is then. */
const changed = (sql: string, sid: string): string =>
  script(
    { sql, ifNothing: "stop" },
    { sql: `SELECT ${record} FROM sojourn_session WHERE sid = ${sidOf(sid)}` },
  );

const statements: Omit<SessionStatements, "find" | "findMany"> = {
  create,
  createUnlessFull,

  evictedBy: `SELECT sid FROM sojourn_session WHERE ended_by = ${sidOf("?1")} ORDER BY created_at, sid`,

  touch: script(
    {
      // In the order of sids, as every statement that locks several sessions.
      sql: `SELECT s.sid FROM (
          SELECT DISTINCT t.sid AS sid FROM JSON_TABLE(?1, '$[*]' COLUMNS (sid CHAR(36) PATH '$[0]')) AS t
          ORDER BY t.sid LIMIT 1000000
        ) AS batch STRAIGHT_JOIN sojourn_session AS s ON s.sid = ${sidOf("batch.sid")} FOR UPDATE`,
    },
    {
      // Each touch is weighed on its own against the session as it stands; then all of one session's become one.
      sql: `UPDATE (
          SELECT s.sid AS sid, MAX(t.seen_at) AS seen_at,
            MAX(CASE WHEN t.counter <= s.counter THEN t.counter END) AS confirmed,
            MAX(CASE WHEN t.counter <= s.counter AND t.counter > s.confirmed_counter THEN t.at END) AS confirmed_at
          FROM JSON_TABLE(?1, '$[*]' COLUMNS (
            sid CHAR(36) PATH '$[0]', seen_at BIGINT PATH '$[1]', at BIGINT PATH '$[2]', counter BIGINT PATH '$[3]'
          )) AS t
          STRAIGHT_JOIN sojourn_session AS s ON s.sid = ${sidOf("t.sid")}
          WHERE s.ended_at IS NULL AND t.at < s.over_at + 0
          GROUP BY s.sid
        ) AS batch
        STRAIGHT_JOIN sojourn_session AS s ON s.sid = batch.sid
        SET s.last_seen_at = GREATEST(s.last_seen_at, COALESCE(batch.seen_at, s.last_seen_at)),
          s.confirmed_counter = GREATEST(s.confirmed_counter, COALESCE(batch.confirmed, s.confirmed_counter)),
          s.rotated_at = GREATEST(s.rotated_at, COALESCE(batch.confirmed_at, s.rotated_at))`,
    },
  ),

  rotate: changed(
    `UPDATE sojourn_session SET
        counter = ?4 + 1, confirmed_counter = GREATEST(confirmed_counter, ?4), rotated_at = ?1, key_id = ?2
      WHERE sid = ${sidOf("?3")} AND counter = ?4 AND ${aliveAt("?5")}`,
    "?3",
  ),

  update: (columns) => {
    const [sid, version, now] = [1, 2, 3].map((place) => `?${columns.length + place}`) as [
      string,
      string,
      string,
    ];
    const set = columns.map((column, at) =>
      column === "last_seen_at" ? `${column} = GREATEST(${column}, ?${at + 1})` : `${column} = ?${at + 1}`,
    );
    return changed(
      `UPDATE sojourn_session SET ${[...set, "version = version + 1"].join(", ")}
        WHERE sid = ${sidOf(sid)} AND version = ${version} AND ${aliveAt(now)}`,
      sid,
    );
  },

  setData: `UPDATE sojourn_session SET data = ${changedData.set("?1:json", "?2")}
    WHERE sid = ${sidOf("?3")} AND ${aliveAt("?4")}
      AND ${changedData.bytes(changedData.set("?1:json", "?2"))} <= ?7`,

  deleteData: `UPDATE sojourn_session SET data = ${changedData.remove("?1:json")}
    WHERE sid = ${sidOf("?2")} AND ${aliveAt("?3")}`,

  takeData: `UPDATE sojourn_session SET data = ${changedData.remove("?1:json")}
    WHERE sid = ${sidOf("?2")} AND ${aliveAt("?3")} AND ${changedData.holds("?4:json", "?5")}`,

  isAlive: `SELECT 1 FROM sojourn_session WHERE sid = ${sidOf("?1")} AND ${aliveAt("?2")}`,

  revoke: script(
    {
      sql: `UPDATE sojourn_session SET ended_at = ?1, end_reason = ?2
        WHERE sid = ${sidOf("?3")} AND ${aliveAt("?4")}`,
      ifNothing: "stop",
    },
    { sql: `SELECT ${record} FROM sojourn_session WHERE sid = ${sidOf("?3")}` },
    ...announce(`s.sid = ${sidOf("?3")}`),
  ),

  revokeByUser: script(
    {
      sql: `UPDATE ${byUser} SET ended_at = ?1, end_reason = ?2, ended_by = ?0
        WHERE user_key = ${keyOf("?3")} AND NOT (sid <=> ${sidOf("?4")}) AND ${aliveAt("?5")}
        ORDER BY sid`,
      ifNothing: "stop",
    },
    { sql: "SELECT sid FROM sojourn_session WHERE ended_by = ?0 ORDER BY sid" },
    ...announce("s.ended_by = ?0"),
  ),

  listByUser: `SELECT ${record}, sid FROM ${byUser}
    WHERE user_key = ${keyOf("?1")} AND ${aliveAt("?2")}
    ORDER BY last_seen_at DESC, sid DESC LIMIT ?3 OFFSET ?4`,

  announce: script(
    { sql: "UPDATE sojourn_feed SET last_seq = last_seq + 1 WHERE id = 1", ifNothing: "fail" },
    {
      sql: `INSERT INTO sojourn_revocation (seq, user_id, reason, ended_at, expires_at)
        SELECT last_seq, ?1, ?2, ?3, ?4 FROM sojourn_feed WHERE id = 1`,
      ifNothing: "fail",
    },
  ),

  // One statement sees one moment: what is in the feed up to that position, and nothing beyond it.
  revokedSince: `SELECT NULLIF(f.last_seq, 0), page.seq, page.sid, page.user_id, page.reason, page.ended_at, page.expires_at
    FROM sojourn_feed AS f LEFT JOIN (
      SELECT seq, sid, user_id, reason, ended_at, expires_at FROM sojourn_revocation
      WHERE seq > (SELECT CASE WHEN ?1 <= last_seq THEN ?1 ELSE 0 END FROM sojourn_feed WHERE id = 1)
      ORDER BY seq LIMIT ?2
    ) AS page ON true
    WHERE f.id = 1 ORDER BY page.seq`,

  deleteSessions: script({
    sql: "DELETE FROM sojourn_session WHERE over_at < ?1 ORDER BY over_at LIMIT ?2",
    readCommitted: true,
  }),

  deleteRevocations: script({
    sql: "DELETE FROM sojourn_revocation WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2",
    readCommitted: true,
  }),
};

/**
 * The statements on sessions as MySQL 8.0 and MariaDB 10.6, and all that came later, speak them.
 *
 * @param users where `find` gets users from; null for nowhere.
 */
export function sessionStatements(users: UserJoin | null): SessionStatements {
  const join =
    users === ownUsers ? "LEFT JOIN sojourn_user AS u ON u.id_key = s.user_key" : (users?.join ?? "");
  const columns = users === null ? recordOfSession : `${recordOfSession}, ${users.columns}`;
  return {
    ...statements,
    find: `SELECT ${columns} FROM sojourn_session AS s ${join} WHERE s.sid = ${sidOf("?1")}`,
    findMany: `SELECT ${columns}, s.sid
      FROM JSON_TABLE(CONCAT('["', REPLACE(?1, ',', '","'), '"]'), '$[*]' COLUMNS (sid CHAR(36) PATH '$')) AS wanted
      STRAIGHT_JOIN sojourn_session AS s ON s.sid = ${sidOf("wanted.sid")} ${join}`,
  };
}

/**
 * How MySQL compares a session's user with an id of the app's: by the rules of the app's column, so that
 * its index serves. A parameter does so by itself; of our column only ASCII does, whatever its collation.
 */
export const castId: CastId = (expression, idType) => {
  const id = expression === "?" ? "?1" : expression;
  if (idType === "integer") return `IF(${id} REGEXP '^-?[0-9]{1,18}$', CAST(${id} AS SIGNED), NULL)`;
  return expression === "?" ? id : `IF(LENGTH(${id}) = CHAR_LENGTH(${id}), CONVERT(${id} USING ascii), NULL)`;
};

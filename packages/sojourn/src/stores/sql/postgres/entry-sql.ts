import type { EntryStatements } from "../statements.ts";

const columns = "key, owner, value, version::float8 AS version, expires_at::float8 AS expires_at";
const live = "(expires_at IS NULL OR ?::bigint < expires_at)";
const named = "space = ?::text AND key = ?::text";
const page = "key < ?::text ORDER BY sojourn_entry.key DESC LIMIT ?::bigint";

/** The statements on entries as PostgreSQL speaks them; the collation of the columns is that of bytes. */
export const entryStatements: EntryStatements = {
  add: `INSERT INTO sojourn_entry (space, key, owner, value, expires_at)
    VALUES (?::text, ?::text, ?::text, ?::text, ?::bigint) ON CONFLICT DO NOTHING`,
  renew: `UPDATE sojourn_entry SET owner = ?::text, value = ?::text, expires_at = ?::bigint, version = 0
    WHERE ${named} AND expires_at <= ?::bigint`,
  get: `SELECT ${columns} FROM sojourn_entry WHERE ${named} AND ${live}`,
  replace: `UPDATE sojourn_entry SET value = ?::text, expires_at = ?::bigint, version = version + 1
    WHERE ${named} AND version = ?::integer AND ${live}`,
  take: `DELETE FROM sojourn_entry WHERE ${named} AND ${live} RETURNING ${columns}`,
  list: `SELECT ${columns} FROM sojourn_entry WHERE space = ?::text AND ${live} AND ${page}`,
  listOwned: `SELECT ${columns} FROM sojourn_entry
    WHERE space = ?::text AND owner = ?::text AND ${live} AND ${page}`,
  removeOwned: "DELETE FROM sojourn_entry WHERE space = ?::text AND owner = ?::text",
  deleteExpired: `DELETE FROM sojourn_entry WHERE ctid = ANY(ARRAY(
      SELECT ctid FROM sojourn_entry WHERE expires_at < ?::bigint ORDER BY sojourn_entry.expires_at LIMIT ?::bigint
      FOR UPDATE SKIP LOCKED))`,
};

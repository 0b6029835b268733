import type { EntryStatements } from "../statements.ts";

const columns = "key, owner, value, version, expires_at";
const live = "(expires_at IS NULL OR ? < expires_at)";
const page = "key < ? ORDER BY key DESC LIMIT ?";

/** The statements on entries as SQLite speaks them; its texts are compared as bytes. */
export const entryStatements: EntryStatements = {
  add: `INSERT INTO sojourn_entry (space, key, owner, value, expires_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING`,
  renew: `UPDATE sojourn_entry SET owner = ?, value = ?, expires_at = ?, version = 0
    WHERE space = ? AND key = ? AND expires_at <= ?`,
  get: `SELECT ${columns} FROM sojourn_entry WHERE space = ? AND key = ? AND ${live}`,
  replace: `UPDATE sojourn_entry SET value = ?, expires_at = ?, version = version + 1
    WHERE space = ? AND key = ? AND version = ? AND ${live}`,
  take: `DELETE FROM sojourn_entry WHERE space = ? AND key = ? AND ${live} RETURNING ${columns}`,
  list: `SELECT ${columns} FROM sojourn_entry WHERE space = ? AND ${live} AND ${page}`,
  // Without statistics it would as soon read the whole space.
  listOwned: `SELECT ${columns} FROM sojourn_entry INDEXED BY sojourn_entry_by_owner WHERE space = ? AND owner = ? AND ${live} AND ${page}`,
  removeOwned: "DELETE FROM sojourn_entry WHERE space = ? AND owner = ?",
  deleteExpired: `DELETE FROM sojourn_entry WHERE (space, key) IN (
      SELECT space, key FROM sojourn_entry WHERE expires_at < ? ORDER BY expires_at LIMIT ?)`,
};

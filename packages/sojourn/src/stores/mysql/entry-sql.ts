import type { EntryStatements } from "../sql/statements.ts";
import { script } from "./script.ts";

const columns = "name, owner, value, version, expires_at";
const bytes = (parameter: number): string => `CAST(?${parameter} AS BINARY)`;
const live = (now: number): string => `(expires_at IS NULL OR ?${now} < expires_at)`;
const named = (space: number, key: number): string => `space = ?${space} AND name = ${bytes(key)}`;
const page = (after: number): string => `name < ${bytes(after)} ORDER BY name DESC LIMIT ?${after + 1}`;

/** The statements on entries as MySQL and MariaDB speak them. */
export const entryStatements: EntryStatements = {
  add: `INSERT INTO sojourn_entry (space, name, owner, value, expires_at)
    VALUES (?1, ${bytes(2)}, ${bytes(3)}, ?4, ?5)`,
  renew: `UPDATE sojourn_entry SET owner = ${bytes(1)}, value = ?2, expires_at = ?3, version = 0
    WHERE ${named(4, 5)} AND expires_at <= ?6`,
  get: `SELECT ${columns} FROM sojourn_entry WHERE ${named(1, 2)} AND ${live(3)}`,
  replace: `UPDATE sojourn_entry SET value = ?1, expires_at = ?2, version = version + 1
    WHERE ${named(3, 4)} AND version = ?5 AND ${live(6)}`,
  // Of those who want it one after the other has the lock, and only the first finds it there. Who finds nothing has
  // no lock either, and must not take away what somebody adds in the next moment.
  take: script(
    {
      sql: `SELECT ${columns} FROM sojourn_entry WHERE ${named(1, 2)} AND ${live(3)} FOR UPDATE`,
      ifNothing: "stop",
    },
    { sql: `DELETE FROM sojourn_entry WHERE ${named(1, 2)} AND ${live(3)}` },
  ),
  list: `SELECT ${columns} FROM sojourn_entry WHERE space = ?1 AND ${live(2)} AND ${page(3)}`,
  listOwned: `SELECT ${columns} FROM sojourn_entry
    WHERE space = ?1 AND owner = ${bytes(2)} AND ${live(3)} AND ${page(4)}`,
  removeOwned: `DELETE FROM sojourn_entry WHERE space = ?1 AND owner = ${bytes(2)}`,
  deleteExpired: script({
    sql: "DELETE FROM sojourn_entry WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2",
    readCommitted: true,
  }),
};

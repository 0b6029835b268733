import type { UserStatements } from "../sql/statements.ts";
import { script } from "./script.ts";

/** The key by which a text of any length is found, exactly: two texts have the same only if they are the same. */
export const keyOf = (text: string): string => `UNHEX(SHA2(${text}, 256))`;

const user = "u.id, u.email, u.email_verified, u.name, u.role, u.status, u.created_at";
const withCredential = "sojourn_user AS u LEFT JOIN sojourn_credential AS c ON c.user_key = u.id_key";
const change = (column: "status" | "role" | "name"): string =>
  `UPDATE sojourn_user SET ${column} = ?1 WHERE id_key = ${keyOf("?2")}`;

/** The statements on users as MySQL and MariaDB speak them. */
export const userStatements: UserStatements = {
  findById: `SELECT ${user} FROM sojourn_user AS u WHERE u.id_key = ${keyOf("?1")}`,
  findByEmail: `SELECT ${user}, c.password_hash FROM ${withCredential} WHERE u.email_key = ${keyOf("?1")}`,
  findCredential: `SELECT ${user}, c.password_hash FROM ${withCredential} WHERE u.id_key = ${keyOf("?1")}`,

  create: script(
    {
      sql: `INSERT INTO sojourn_user (id_key, email_key, id, email, email_verified, name, role, created_at)
        VALUES (${keyOf("?1")}, ${keyOf("?2")}, ?1, ?2, ?3, ?4, 'user', ?5)`,
      ifNothing: "stop",
    },
    // A hash may be left of a user whose row an operator has removed: it counts for nobody.
    { sql: `DELETE FROM sojourn_credential WHERE user_key = ${keyOf("?1")}` },
    {
      sql: `INSERT INTO sojourn_credential (user_key, password_hash) VALUES (${keyOf("?1")}, ?6)`,
      unlessNull: 6,
    },
  ),

  // A user who has no hash yet has no row to update; the lock on the user lets one change at a time compare.
  replacePassword: script(
    { sql: `SELECT id_key FROM sojourn_user WHERE id_key = ${keyOf("?2")} FOR UPDATE` },
    {
      sql: `INSERT INTO sojourn_credential (user_key, password_hash)
        SELECT u.id_key, ?1 FROM ${withCredential}
        WHERE u.id_key = ${keyOf("?2")} AND CAST(c.password_hash AS BINARY) <=> CAST(?3 AS BINARY)
        ON DUPLICATE KEY UPDATE password_hash = ?1`,
    },
  ),

  setStatus: change("status"),
  setRole: change("role"),
  setName: change("name"),
  setEmailVerified: `UPDATE sojourn_user SET email_verified = 1 WHERE id_key = ${keyOf("?1")} AND email_key = ${keyOf("?2")}`,
  remove: script(
    { sql: `DELETE FROM sojourn_user WHERE id_key = ${keyOf("?1")}` },
    { sql: `DELETE FROM sojourn_credential WHERE user_key = ${keyOf("?1")}` },
  ),
};

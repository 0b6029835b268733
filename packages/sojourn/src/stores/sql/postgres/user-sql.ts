import type { UserStatements } from "../statements.ts";

const user =
  "u.id, u.email, u.email_verified::float8 AS email_verified, u.name, u.role, u.status, u.created_at::float8 AS created_at";
const account = "sojourn_user AS u LEFT JOIN sojourn_credential AS c ON c.user_id = u.id";
const change = (column: "status" | "role" | "name"): string =>
  `UPDATE sojourn_user SET ${column} = ?::text WHERE id = ?::text`;

/** The statements on users as PostgreSQL speaks them. */
export const userStatements: UserStatements = {
  findById: `SELECT ${user} FROM sojourn_user AS u WHERE u.id = ?::text`,
  findByEmail: `SELECT ${user}, c.password_hash FROM ${account} WHERE u.email = ?::text`,
  findCredential: `SELECT ${user}, c.password_hash FROM ${account} WHERE u.id = ?::text`,

  create: `WITH made AS (
      INSERT INTO sojourn_user (id, email, email_verified, name, created_at)
      VALUES (?::text, ?::text, ?::smallint, ?::text, ?::bigint)
      ON CONFLICT DO NOTHING RETURNING id
    ), given AS (SELECT ?::text AS hash)
    INSERT INTO sojourn_credential (user_id, password_hash)
    SELECT made.id, given.hash FROM made, given WHERE given.hash IS NOT NULL`,

  // A user who has no hash yet has no row to update. Of two changes at once the second finds, where the first
  // has written, that the hash is no longer the expected one.
  replacePassword: `WITH asked AS (SELECT ?::text AS hash, ?::text AS id, ?::text AS expected)
    INSERT INTO sojourn_credential AS c (user_id, password_hash)
    SELECT u.id, asked.hash FROM asked JOIN sojourn_user AS u ON u.id = asked.id
      LEFT JOIN sojourn_credential AS before ON before.user_id = u.id
    WHERE before.password_hash IS NOT DISTINCT FROM asked.expected
    ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash
    WHERE c.password_hash IS NOT DISTINCT FROM (SELECT expected FROM asked)`,

  setStatus: change("status"),
  setRole: change("role"),
  setName: change("name"),
  setEmailVerified: "UPDATE sojourn_user SET email_verified = 1 WHERE id = ?::text AND email = ?::text",
  remove: "DELETE FROM sojourn_user WHERE id = ?::text",
};

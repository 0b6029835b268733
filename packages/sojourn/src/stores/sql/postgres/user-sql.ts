import type { UserStatements } from "../statements.ts";

const user = "u.id, u.email, u.name, u.role, u.status, u.created_at::float8 AS created_at";
const account = "sojourn_user AS u LEFT JOIN sojourn_credential AS c ON c.user_id = u.id";
const change = (column: "status" | "role" | "name"): string =>
  `UPDATE sojourn_user SET ${column} = ?::text WHERE id = ?::text`;

/** The statements on users as PostgreSQL speaks them. */
export const userStatements: UserStatements = {
  findById: `SELECT ${user} FROM sojourn_user AS u WHERE u.id = ?::text`,
  findByEmail: `SELECT ${user}, c.password_hash FROM ${account} WHERE u.email = ?::text`,
  findCredential: `SELECT ${user}, c.password_hash FROM ${account} WHERE u.id = ?::text`,

  createWithPassword: `WITH made AS (
      INSERT INTO sojourn_user (id, email, name, created_at) VALUES (?::text, ?::text, ?::text, ?::bigint)
      ON CONFLICT DO NOTHING RETURNING id
    )
    INSERT INTO sojourn_credential (user_id, password_hash) SELECT id, ?::text FROM made`,

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
};

import type { UserStatements } from "../statements.ts";

const user = "id, email, email_verified, name, role, status, created_at";
const change = (column: "status" | "role" | "name"): string =>
  `UPDATE sojourn_user SET ${column} = ? WHERE id = ?`;

/** The statements on users as SQLite speaks them. */
export const userStatements: UserStatements = {
  findById: `SELECT ${user} FROM sojourn_user WHERE id = ?`,
  findByEmail: `SELECT ${user}, password_hash FROM sojourn_account WHERE email = ?`,
  findCredential: `SELECT ${user}, password_hash FROM sojourn_account WHERE id = ?`,

  // A trigger makes the two rows of it, in one step.
  create: `INSERT INTO sojourn_account (id, email, email_verified, name, created_at, password_hash)
    VALUES (?, ?, ?, ?, ?, ?)`,

  // A user who has no hash yet has no row to update; the outer join finds out which of the two it is.
  replacePassword: `INSERT INTO sojourn_credential (user_id, password_hash)
    SELECT id, ? FROM sojourn_account WHERE id = ? AND password_hash IS ?
    ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash`,

  setStatus: change("status"),
  setRole: change("role"),
  setName: change("name"),
  setEmailVerified: "UPDATE sojourn_user SET email_verified = 1 WHERE id = ? AND email = ?",
  remove: "DELETE FROM sojourn_user WHERE id = ?",
};

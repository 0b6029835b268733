import { toIso } from "../../domain/iso-time.ts";
import type { StoredUser } from "../../ports/user-directory.ts";
import type { SqlRow } from "./driver.ts";
import type { UserJoin } from "./user-table.ts";

/** The join of Sojourn's own users. */
export const ownUsers: UserJoin = {
  columns:
    "u.id AS user_key, u.email, u.email_verified, u.name, u.role, u.status, u.created_at AS user_created_at",
  join: "LEFT JOIN sojourn_user AS u ON u.id = s.user_id",
  read: readUser,
};

/** How many columns a user has: what a statement selects after them begins here. */
export const userWidth = 7;

/**
 * Reads id, email, email_verified, name, role, status and created_at, beginning at the column `at`.
 *
 * @returns null if an outer join found no user.
 */
export function readUser(row: SqlRow, at: number): StoredUser | null {
  const id = row[at];
  if (id === null || id === undefined) return null;
  return {
    id: id as string,
    email: row[at + 1] as string | null,
    emailVerified: row[at + 2] !== 0,
    name: row[at + 3] as string | null,
    role: row[at + 4] as string,
    status: row[at + 5] as StoredUser["status"],
    createdAt: toIso(row[at + 6] as number),
  };
}

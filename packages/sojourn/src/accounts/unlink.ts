import { SojournError } from "../domain/errors.ts";
import type { CredentialDirectory } from "../ports/user-directory.ts";
import type { Identities, Identity } from "./identities.ts";

/**
 * Takes an account at a provider away from its user, but never their last way to sign in.
 *
 * @param passwords where passwords are, if one can sign in with them.
 * @returns what it was; null if the user has no such account.
 * @throws {SojournError} `last_sign_in_method`.
 */
export async function unlink(
  identities: Identities,
  passwords: CredentialDirectory | null,
  userId: string,
  id: string,
): Promise<Identity | null> {
  const identity = await identities.find(id);
  if (identity === null || identity.userId !== userId) return null;
  const hasPassword = ((await passwords?.findCredential(userId))?.passwordHash ?? null) !== null;
  if (!hasPassword && (await identities.list(userId)).length < 2) throw lastOne();
  const taken = await identities.remove(id);
  if (taken === null) return null;
  if (hasPassword || (await identities.list(userId)).length > 0) return identity;
  // Two went at once, and each saw the other one stay.
  await identities.restore(taken);
  throw lastOne();
}

function lastOne(): SojournError {
  return new SojournError("last_sign_in_method", {
    detail: "Nothing else lets this user sign in. Link another account or set a password first.",
  });
}

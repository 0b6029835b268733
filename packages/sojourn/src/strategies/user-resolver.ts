import { isSojournError, SojournError } from "../domain/errors.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import { anonymousUser, type BaseUser } from "../domain/principal.ts";
import type { SessionRecord } from "../domain/session.ts";
import type { UserDirectory } from "../ports/user-directory.ts";

/** Whose session it is. A visitor who has not signed in is nobody's user, so no directory is asked for one. */
export type SessionOwner = Pick<SessionRecord, "userId" | "kind">;

/**
 * Finds the user of a session, asking as little as possible.
 *
 * @param known what a store that keeps users said; undefined if it keeps none.
 * @param carried what a token says of the user; stands where there is no directory.
 * @returns null if there is no such user any more.
 */
export type UserResolver = (
  owner: SessionOwner,
  known: BaseUser | null | undefined,
  carried?: BaseUser,
) => MaybePromise<BaseUser | null>;

/**
 * @param directory where users are; without one an app's users are known by their id only.
 * @param inStore whether that directory is the store's own, so that what came with a session is its word.
 */
export function createUserResolver(directory: UserDirectory | null, inStore: boolean): UserResolver {
  return ({ userId, kind }, known, carried) => {
    if (kind === "anonymous") return anonymousUser(userId);
    if (inStore && known !== undefined) return known;
    return directory === null ? (carried ?? { id: userId }) : askDirectory(directory, userId);
  };
}

/** A directory that fails is an outage, not a missing user: nobody is signed out by it. */
export function askDirectory(directory: UserDirectory, userId: string): MaybePromise<BaseUser | null> {
  try {
    const user = directory.findById(userId);
    return user instanceof Promise ? user.catch(outage) : user;
  } catch (error) {
    return outage(error);
  }
}

function outage(cause: unknown): never {
  if (isSojournError(cause)) throw cause;
  throw new SojournError("store_unavailable", {
    detail: "The user directory cannot be reached.",
    retryAfter: 1,
    cause,
  });
}

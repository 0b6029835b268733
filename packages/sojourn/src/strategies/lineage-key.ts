import type { KeyRing } from "../crypto/key-ring.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { RefreshLineage } from "../domain/session.ts";
import type { Verification } from "./verification.ts";

type HeadKey = Pick<RefreshLineage, "keyId">;

/** Goes on once the ring knows the key of a lineage, if that is one of which no word has come yet. */
export function withNews<Result>(
  ring: KeyRing,
  lineage: HeadKey | null | undefined,
  next: () => MaybePromise<Result>,
): MaybePromise<Result> {
  if (!lineage || !isUnknown(ring, lineage)) return next();
  const news = ring.learn();
  return news === null ? next() : news.then(next);
}

/**
 * The verdict on a refresh token that the key of its lineage did not make. Where that key is not known here, nobody can
 * say what the token is worth, and its cookie stays.
 */
export function notGenuine(
  ring: KeyRing,
  lineage: HeadKey | null,
): Extract<Verification, { status: "invalid" }> {
  if (lineage !== null && ring.isRevoked(lineage.keyId))
    return { status: "invalid", code: "key_revoked", keep: false };
  if (lineage !== null && isUnknown(ring, lineage))
    return { status: "invalid", code: "key_unknown", keep: true };
  return { status: "invalid", code: "session_unknown", keep: false };
}

function isUnknown(ring: KeyRing, { keyId }: HeadKey): boolean {
  return ring.key(keyId, "refresh") === null && !ring.isRevoked(keyId);
}

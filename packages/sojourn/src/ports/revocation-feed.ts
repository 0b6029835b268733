import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { Notice, Revocation } from "./session-store.ts";

/** Brings word of ended sessions to this node. */
export interface RevocationFeed {
  /** Begins; calling it again does nothing. */
  start(listener: RevocationListener): void;
  stop(): void;
}

export interface RevocationListener {
  /** @param at about now, in ms since the epoch, for passing over what is of no use any more. */
  revoked(revocations: readonly Revocation[], at?: number): void;
  /** Notices, before `caughtUp` vouches for them; what is to be done about them is done when this is. */
  noticed(notices: readonly Notice[]): MaybePromise<void>;
  /** Everything that was ended before `at` (ms since the epoch, this node's clock) has been delivered. */
  caughtUp(at: number): void;
}

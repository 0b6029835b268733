import type { WebOpener } from "../crypto/web-opener.ts";
import type { MaybePromise } from "../domain/maybe-promise.ts";

/** Where the keys come from that tokens are checked with. */
export interface KeySource {
  /** Opens tokens with the keys that are there at the moment. */
  readonly opener: WebOpener;
  /** Whether there are keys. Synchronous once there are, but for a look at newer ones now and then. */
  ready(): MaybePromise<boolean>;
  /** Looks for keys that are not known yet. Null where there are none to be had now. */
  learn(): Promise<void> | null;
}

import { isSojournError, SojournError } from "../domain/errors.ts";

/**
 * Every failure of a driver, as the one error that callers know. The message tells nothing of the
 * statement or the file, since it may reach a browser; the cause has it all, for the log.
 *
 * @returns `store_unavailable`; errors that already are Sojourn's own pass through.
 */
export function storeFailure(cause: unknown): SojournError {
  if (isSojournError(cause)) return cause;
  return new SojournError("store_unavailable", {
    detail: "The session store failed. Try again shortly.",
    retryAfter: 1,
    cause,
  });
}

"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { type ExpiryOptions, type ExpiryState, type ExpiryWatch, watchExpiry } from "../../client/expiry.ts";
import { useSource } from "../context.ts";
import { useLatest } from "../use-latest.ts";

/** What {@link useExpiry} returns. */
export interface UseExpiry {
  readonly expiry: ExpiryState;
  /** The user wants to stay. */
  readonly stay: () => void;
}

/**
 * How near the session's end is, as `watchExpiry` of `sojourn/expiry` has it. One component of a page is enough.
 *
 * @throws {Error} outside of a `SessionProvider`.
 */
export function useExpiry(options: ExpiryOptions = {}): UseExpiry {
  const { client } = useSource();
  const { warnBefore, idleTimeout } = options;
  const [expiry, setExpiry] = useState<ExpiryState>({ status: "none" });
  const watch = useRef<ExpiryWatch | null>(null);
  const latest = useLatest(options);

  useEffect(() => {
    const begun = watchExpiry(client as unknown as Parameters<typeof watchExpiry>[0], {
      ...(warnBefore !== undefined && { warnBefore }),
      ...(idleTimeout !== undefined && { idleTimeout }),
      onWarn: (warning) => latest.current.onWarn?.(warning),
      onOver: (reason) => latest.current.onOver?.(reason),
    });
    watch.current = begun;
    const stop = begun.$expiry.subscribe(setExpiry);
    return () => {
      stop();
      begun.stop();
    };
  }, [client, warnBefore, idleTimeout, latest]);

  return { expiry, stay: useCallback(() => void watch.current?.stay(), []) };
}

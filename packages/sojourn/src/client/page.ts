import { around } from "./environment.ts";

/** Whether somebody can see this page; elsewhere than in a browser, always. */
export const isVisible = (): boolean => around.document?.visibilityState !== "hidden";

/** Whether one tab can have something to itself. */
export const hasLocks = (): boolean => around.navigator?.locks !== undefined;

/** What a user does on a page that shows they are there. */
export const activity = ["pointerdown", "keydown", "touchstart", "scroll", "wheel"] as const;

/** Works for as long as `signal` lasts in one tab of the browser; the next one takes its place. Without locks, in each that is seen. */
export async function asTheOneTab(
  name: string,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  let isGranted = false;
  const begin = (): Promise<void> => {
    isGranted = true;
    return work();
  };
  // Where locks are forbidden, as if there were none.
  await around.navigator?.locks?.request(name, { signal }, begin).catch(() => undefined);
  if (!isGranted && !signal.aborted && isVisible()) await work();
}

/** Calls back on events of the page and its window. @returns what stops it. */
export function listen(types: readonly string[], listener: (event: never) => void): () => void {
  const targets = [around, around.document].filter((target) => target?.addEventListener !== undefined);
  const each = (act: "addEventListener" | "removeEventListener"): void => {
    for (const target of targets)
      for (const type of types) target?.[act]?.(type, listener, { passive: true, capture: true });
  };
  each("addEventListener");
  return () => each("removeEventListener");
}

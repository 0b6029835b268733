/**
 * So often a timer looks at the clock, in ms: some machines do not count the time they sleep, and browsers take no delay
 * of more than 24 days.
 */
const betweenLooks = 30_000;

/**
 * Calls back at a time of this machine's clock, in ms since the epoch, however far it is; at once where the clock turns out
 * to have been set back. @returns what cancels it.
 */
export function at(time: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let last = Date.now();
  const wait = (): void => {
    const now = Date.now();
    const left = now < last ? 0 : time - now;
    last = now;
    timer = left > betweenLooks ? setTimeout(wait, betweenLooks) : setTimeout(act, Math.max(0, left));
  };
  wait();
  return () => clearTimeout(timer);
}

/** Waits, unless it is called off. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const conclude = (): void => {
      cancel();
      signal.removeEventListener("abort", conclude);
      resolve();
    };
    const cancel = at(Date.now() + ms, conclude);
    signal.addEventListener("abort", conclude);
  });
}

/** Calls back again and again. @param ms in between. @returns what stops it. */
export function every(ms: number, act: () => void): () => void {
  let cancel = (): void => {};
  const wait = (): void => {
    cancel = at(Date.now() + ms, () => {
      act();
      wait();
    });
  };
  wait();
  return () => cancel();
}

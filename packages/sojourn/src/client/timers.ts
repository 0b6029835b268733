/** The longest delay that timers of browsers take, in ms; a longer one would fire at once. */
const longestDelay = 2 ** 31 - 1;

/** Calls back at a time of this machine's clock, in ms since the epoch, however far it is. @returns what cancels it. */
export function at(time: number, act: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (): void => {
    const left = time - Date.now();
    timer = left > longestDelay ? setTimeout(wait, longestDelay) : setTimeout(act, Math.max(0, left));
  };
  wait();
  return () => clearTimeout(timer);
}

/** Waits, unless it is called off. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = at(Date.now() + ms, resolve);
    signal.addEventListener("abort", () => {
      cancel();
      resolve();
    });
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

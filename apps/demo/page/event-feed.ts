import type { SessionEventMessage } from "sojourn";
import { currentWho, isReachable, onReachable, onWho } from "./page-state.ts";
import { end, refresh } from "./session-sync.ts";
import { tellTabs } from "./tab-channel.ts";

/** Between a stream that broke and the next one. */
const pause = 1000;

let following: { readonly sid: string; readonly stop: AbortController } | null = null;

/** Learns of the end of this page's session from the server, within a second. */
export function followEvents(): void {
  onWho(follow);
  onReachable(follow);
}

function follow(): void {
  const who = currentWho();
  const sid = who.phase === "signed-in" && isReachable() ? who.session.sid : null;
  if (sid === (following?.sid ?? null)) return;
  following?.stop.abort();
  following = sid === null ? null : { sid, stop: new AbortController() };
  if (following !== null) void asTheOneTab(following.stop.signal, (signal) => listen(signal));
}

/**
 * One tab listens for all of them: a browser opens at most six connections to a server of HTTP/1.1,
 * and a stream keeps one for itself. When that tab closes, the next in the queue takes its place.
 */
async function asTheOneTab(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  // Locks are for secure contexts; a plain address of the network is none.
  if (!("locks" in navigator)) return work(signal);
  const granted = navigator.locks.request("sojourn-demo-events", { signal }, () => work(signal));
  await granted.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function listen(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const message = await nextEnd(signal);
    if (message !== null) {
      tellTabs(message);
      return end(message.reason);
    }
    // The server went away, or the session did without a word: ask.
    await wait(pause, signal);
    if (!signal.aborted) await refresh();
  }
}

/** Opens a stream. @returns what it says when the session ends; null if it broke before. */
function nextEnd(signal: AbortSignal): Promise<Extract<SessionEventMessage, { type: "ended" }> | null> {
  return new Promise((resolve) => {
    const stream = new EventSource("/auth/events");
    const finish = (message: Extract<SessionEventMessage, { type: "ended" }> | null): void => {
      stream.close();
      resolve(message);
    };
    signal.addEventListener("abort", () => finish(null), { once: true });
    stream.addEventListener("ended", (event: MessageEvent<string>) => {
      finish(JSON.parse(event.data) as Extract<SessionEventMessage, { type: "ended" }>);
    });
    // EventSource would try again by itself, at its own pace; here one place decides when.
    stream.addEventListener("error", () => finish(null));
  });
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

import type { SessionEventMessage } from "../contract/types.ts";
import type { Connection } from "./connection.ts";
import { asTheOneTab } from "./page.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import { at, pause } from "./timers.ts";

const shortest = 1000;
const longest = 30_000;
/** The server says something every 25 s. A stream that is silent for longer is one that nobody closed. */
const longestSilence = 60_000;

type End = Extract<SessionEventMessage, { type: "ended" }>;

/**
 * Learns of the end of a session within a second, from a stream of the server. One tab listens for all: a browser opens at
 * most six connections to a server of HTTP/1.1, and a stream keeps one. Where no stream can be had it asks instead,
 * less and less often.
 */
export function followEnd(keeper: SessionKeeper, sid: string, signal: AbortSignal): Promise<void> {
  const { connection, name } = keeper.parts;
  return asTheOneTab(`${name}-events`, signal, async () => {
    let wait = shortest;
    while (!signal.aborted) {
      const startedAt = Date.now();
      const end = await nextEnd(connection, signal);
      if (signal.aborted) return;
      if (end?.sid === sid) return keeper.ended(end.reason);
      // A stream that lasted was all right; one that did not can wait.
      if (Date.now() - startedAt > longest) wait = shortest;
      await pause(wait, signal);
      wait = Math.min(wait * 2, longest);
      // It may have ended while nobody listened.
      if (!signal.aborted) await keeper.readAnew();
    }
  });
}

/** What a piece of a stream says of the end. @throws {SyntaxError} for what no server of ours says. */
function endIn(text: string): End | null {
  const message = /event: ended\ndata: (.*)\n\n/.exec(text)?.[1];
  return message === undefined ? null : (JSON.parse(message) as End);
}

/** Opens a stream. @returns what it says when the session ends; null if it broke before, or there is none. */
async function nextEnd(connection: Connection, signal: AbortSignal): Promise<End | null> {
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal.addEventListener("abort", abort);
  let cancel = at(Date.now() + longestSilence, abort);
  try {
    const response = await connection.send("GET", "/events", undefined, stop.signal);
    if (!response.ok) return null;
    // React Native's has no body to read, and is there when the stream is over: it ends with the session.
    if (!response.body) return endIn(await response.text());
    let text = "";
    const decoder = new TextDecoder();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      cancel();
      cancel = at(Date.now() + longestSilence, abort);
      text += decoder.decode(value, { stream: true });
      const end = endIn(text);
      if (end) return end;
      text = text.slice(text.lastIndexOf("\n\n") + 1);
    }
  } catch {
    return null;
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
    // Whatever it says after this nobody hears.
    abort();
  }
}

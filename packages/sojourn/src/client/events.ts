import type { SessionEventMessage } from "../contract/types.ts";
import type { Connection } from "./connection.ts";
import { asTheOneTab } from "./page.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import { pause } from "./timers.ts";

const shortest = 1000;
const longest = 30_000;

/**
 * Learns of the end of a session within a second, from a stream of the server. One tab listens for all: a browser opens at
 * most six connections to a server of HTTP/1.1, and a stream keeps one. Where no stream can be had it asks instead,
 * less and less often.
 */
export function followEnd(
  keeper: SessionKeeper,
  { sid, stop }: { readonly sid: string; readonly stop: AbortController },
): Promise<void> {
  const { signal } = stop;
  const { connection, name } = keeper.parts;
  return asTheOneTab(`${name}-events`, signal, async () => {
    let wait = shortest;
    while (!signal.aborted) {
      const startedAt = Date.now();
      const end = await nextEnd(connection, signal);
      if (signal.aborted) return;
      // Whoever took this session's place is about to say so.
      if (end?.reason === "superseded") await pause(shortest, signal);
      if (end !== null && end.sid === sid && !signal.aborted) return keeper.ended(end.reason);
      // A stream that lasted was all right; one that did not can wait.
      wait = Date.now() - startedAt > longest ? shortest : Math.min(wait * 2, longest);
      await pause(wait, signal);
      if (!signal.aborted) await keeper.read();
    }
  });
}

/** Opens a stream. @returns what it says when the session ends; null if it broke before, or there is none. */
async function nextEnd(
  connection: Connection,
  signal: AbortSignal,
): Promise<Extract<SessionEventMessage, { type: "ended" }> | null> {
  try {
    const response = await connection.send("GET", "/events", undefined, signal);
    if (!response.ok || response.body === null) return null;
    let text = "";
    const decoder = new TextDecoder();
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return null;
      text += decoder.decode(value, { stream: true });
      const message = /event: ended\ndata: (.*)\n\n/.exec(text)?.[1];
      if (message !== undefined)
        return JSON.parse(message) as Extract<SessionEventMessage, { type: "ended" }>;
      text = text.slice(text.lastIndexOf("\n\n") + 1);
    }
  } catch {
    return null;
  }
}

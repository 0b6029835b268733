import type { EndReason } from "../domain/session.ts";
import { privateHeaders } from "./problem.ts";
import { type WatchableSession, type WatchParts, watchSession } from "./session-watch.ts";

/** One server-sent event (HTML Standard §9.2); a text is its data. */
export type StreamEvent =
  | string
  | {
      /** A text as it is, anything else as JSON. */
      readonly data: unknown;
      readonly event?: string;
      readonly id?: string;
    };

/** What a stream says. */
export interface StreamContent {
  /** Written at once. */
  readonly first: string;
  /** Written when the session is over, before the stream closes. */
  readonly last: (reason: EndReason) => string;
  /** What comes in between; null for nothing. Its signal is aborted when the stream is over, for whatever reason. */
  readonly source: ((signal: AbortSignal) => AsyncIterable<StreamEvent>) | null;
  /** Aborted when the reader is gone. */
  readonly signal: AbortSignal | undefined;
}

/** The headers of a stream, kept out of caches and of what buffers. */
export function eventStreamHeaders(): Headers {
  const headers = privateHeaders();
  headers.set("Content-Type", "text/event-stream");
  // What compresses on the way would hold the stream back until there is enough of it (RFC 9111 §5.2.2.6).
  headers.set("Cache-Control", `${headers.get("Cache-Control")}, no-transform`);
  // nginx would hold the stream back until its buffer is full.
  headers.set("X-Accel-Buffering", "no");
  return headers;
}

/** An event as it is sent. @throws {TypeError} for an id or a name with a line break: what follows it would be an event of its own. */
export function sent(event: StreamEvent): string {
  if (typeof event === "string") return `${lines("data", event)}\n`;
  const { data, event: name, id } = event;
  for (const field of [name, id])
    if (field !== undefined && /[\r\n\0]/.test(field))
      throw new TypeError("An event's id and name are one line.");
  return [
    name === undefined ? "" : `event: ${name}\n`,
    id === undefined ? "" : `id: ${id}\n`,
    lines("data", typeof data === "string" ? data : (JSON.stringify(data) ?? "null")),
    "\n",
  ].join("");
}

function lines(field: string, text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => `${field}: ${line}\n`)
    .join("");
}

/** A stream that is open as long as a session lives, its source has something to say, and somebody reads. */
export function openStream(
  parts: WatchParts,
  session: WatchableSession,
  { first, last, source, signal }: StreamContent,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const over = new AbortController();
  const events = source?.(over.signal)[Symbol.asyncIterator]();
  let leave = (): void => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string): void => controller.enqueue(encoder.encode(text));
      const stop = watchSession(parts, session, {
        ended(reason) {
          send(last(reason));
          finish();
        },
        beat: () => send(": still here\n\n"),
      });
      leave = () => {
        if (over.signal.aborted) return;
        stop();
        signal?.removeEventListener("abort", finish);
        over.abort();
        // It may be in the middle of waiting; that is what its signal is for.
        void events?.return?.().catch((error: unknown) => parts.events.failure(streamFailed, error));
      };
      const finish = (): void => {
        if (over.signal.aborted) return;
        leave();
        controller.close();
      };
      signal?.addEventListener("abort", finish);
      send(first);
      // Somebody who left while the session was looked up is not heard leaving again.
      if (signal?.aborted === true) finish();
    },
    async pull(controller) {
      if (events === undefined) return;
      try {
        const next = await events.next();
        if (over.signal.aborted) return;
        if (next.done !== true) return controller.enqueue(encoder.encode(sent(next.value)));
        leave();
        controller.close();
      } catch (error) {
        if (over.signal.aborted) return;
        parts.events.failure(streamFailed, error);
        leave();
        controller.error(error);
      }
    },
    cancel() {
      leave();
    },
  });
}

const streamFailed = "sojourn: the source of an event stream failed";

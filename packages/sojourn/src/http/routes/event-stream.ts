import type { SessionEventMessage } from "../../contract/types.ts";
import { isSojournError } from "../../domain/errors.ts";
import type { EndReason } from "../../domain/session.ts";
import { privateHeaders } from "../problem.ts";
import type { Call, HttpParts, RouteHandlers } from "../call.ts";

/** Proxies close connections that are silent for about a minute; half of that is often enough. */
const heartbeat = 25_000;

/** Tells open pages when their session ends (server-sent events). */
export const eventRoutes: Pick<RouteHandlers, "events"> = {
  async events(call) {
    const { sid, actor } = call.active().session;
    const headers = new Headers(privateHeaders.map(([name, value]): [string, string] => [name, value]));
    headers.set("Content-Type", "text/event-stream");
    // nginx would hold the stream back until its buffer is full.
    headers.set("X-Accel-Buffering", "no");
    // Nobody would ever read, or close, the stream of a HEAD request.
    return new Response(call.request.method === "HEAD" ? null : openStream(call, sid, actor?.sid), {
      headers,
    });
  },
};

/** @param parentSid the session with which this one ends, if any. */
function openStream(
  call: Call<"events">,
  sid: string,
  parentSid: string | undefined,
): ReadableStream<Uint8Array> {
  const { parts, request } = call;
  const encoder = new TextEncoder();
  let close = (): void => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string): void => controller.enqueue(encoder.encode(text));
      const message = (event: SessionEventMessage): void =>
        send(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      let cancelBeat = (): void => {};
      const stopListening = parts.revocations?.onRevoked((revocation) => {
        if (revocation.sid === sid) end(revocation.reason);
        else if (revocation.sid === parentSid) end("parent_ended");
      });
      let open = true;
      close = () => {
        if (!open) return;
        open = false;
        cancelBeat();
        stopListening?.();
      };
      const end = (reason: EndReason): void => {
        if (!open) return;
        message({ type: "ended", sid, reason });
        close();
        controller.close();
      };
      const beat = async (): Promise<void> => {
        // A session also ends by time, or with its user; nobody revokes it then, so the stream looks itself.
        const reason = await endReasonOf(parts, sid);
        if (!open) return;
        if (reason !== null) return end(reason);
        send(": still here\n\n");
        cancelBeat = parts.clock.setTimer(heartbeat, () => void beat());
      };
      const gone = (): void => {
        if (!open) return;
        close();
        controller.close();
      };
      request.signal.addEventListener("abort", gone);
      message({ type: "alive", sid });
      cancelBeat = parts.clock.setTimer(heartbeat, () => void beat());
      // Somebody who left while the session was looked up is not heard leaving again.
      if (request.signal.aborted) gone();
    },
    cancel() {
      close();
    },
  });
}

/** Why the session is over; null while it is alive, or while nobody can tell. */
async function endReasonOf(parts: HttpParts, sid: string): Promise<EndReason | null> {
  if (!parts.strategy.stored) return null;
  try {
    return await parts.sessions.endReason(sid);
  } catch (error) {
    if (isSojournError(error, "store_unavailable")) return null;
    throw error;
  }
}

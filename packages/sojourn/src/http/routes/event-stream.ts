import type { SessionEventMessage } from "../../contract/types.ts";
import type { RouteHandlers } from "../call.ts";
import { eventStreamHeaders, openStream, sent } from "../event-stream.ts";

/** Tells open pages when their session ends (server-sent events). */
export const eventRoutes: Pick<RouteHandlers, "events"> = {
  async events(call) {
    const { parts, request } = call;
    const { session } = call.active();
    const { sid } = session;
    const message = (event: SessionEventMessage): string => sent({ event: event.type, data: event });
    // Nobody would ever read, or close, the stream of a HEAD request.
    if (request.method === "HEAD") return new Response(null, { headers: eventStreamHeaders() });
    const stream = openStream(parts, session, {
      first: message({ type: "alive", sid }),
      last: (reason) => message({ type: "ended", sid, reason }),
      source: null,
      signal: request.signal,
    });
    return new Response(stream, { headers: eventStreamHeaders() });
  },
};

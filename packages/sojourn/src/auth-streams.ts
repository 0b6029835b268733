import type { Auth } from "./auth.ts";
import type { Composition } from "./composition.ts";
import type { EndReason } from "./domain/session.ts";

/** What stays open for as long as a session lives. */
export type StreamVerbs = Pick<Auth, "watch" | "eventStream">;

/** What watches and streams loads when something is kept open. */
export function streamVerbs(parts: Composition, protect: Auth["protect"]): StreamVerbs {
  return {
    async watch(session, onEnd) {
      const { watchSession } = await import("./http/session-watch.ts");
      return watchSession(parts, session, { ended: onEnd });
    },
    async eventStream(request, source, options) {
      const admission = await protect(request, options);
      if (!admission.admitted) return admission.response;
      const { session, user, cookies } = admission;
      const { eventStreamHeaders, openStream, sent } = await import("./http/event-stream.ts");
      const headers = eventStreamHeaders();
      for (const cookie of cookies) headers.append("Set-Cookie", cookie);
      if (request.method === "HEAD") return new Response(null, { headers });
      const stream = openStream(parts, session, {
        first: ": open\n\n",
        last: (reason: EndReason) => sent({ event: "session_ended", data: { sid: session.sid, reason } }),
        source: (signal) => source({ session, user }, signal),
        signal: request.signal,
      });
      return new Response(stream, { headers });
    },
  };
}

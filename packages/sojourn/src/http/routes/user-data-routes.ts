import { activityOf } from "../../domain/audit.ts";
import { SojournError } from "../../domain/errors.ts";
import type { RouteHandlers } from "../call.ts";
import { privateHeaders } from "../problem.ts";
import { contextOf } from "../request-headers.ts";

/** What is held about the user who asks. */
export const userDataRoutes: Pick<RouteHandlers, "activity" | "exportUser"> = {
  async activity(call) {
    const { input, parts } = call;
    const { userId } = call.active().session;
    const audit = await parts.loadAudit?.();
    if (audit === undefined) throw new SojournError("not_found", { detail: "No events are kept here." });
    const { before, limit } = input;
    const page = { userId, before, ...(limit === undefined ? {} : { limit }) };
    const { events, next } = await audit.list(page);
    return { body: { events: events.map(activityOf), next } };
  },

  async exportUser(call) {
    const { parts, headers } = call;
    const { challenges, policy, clock } = parts;
    const { session } = call.active();
    challenges.insist(session, { freshFor: policy.freshFor }, clock.now());
    const document = await parts.exportUser(session.userId, contextOf(headers));
    if (document === null) throw new SojournError("not_found", { detail: "This user is known nowhere." });
    const responseHeaders = privateHeaders();
    responseHeaders.set("Content-Type", "application/json");
    responseHeaders.set("Content-Disposition", 'attachment; filename="export.json"');
    return new Response(document, { headers: responseHeaders });
  },
};

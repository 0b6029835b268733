import type { RequestEvent, ServerLoadEvent } from "@sveltejs/kit";
import type { ListedSession } from "sojourn";
import { requireSession } from "#lib/server/guard.ts";

export const load = async (event: ServerLoadEvent) => {
  const { user } = await requireSession(event);
  const { sessions } = (await (await event.fetch("/auth/sessions")).json()) as { sessions: ListedSession[] };
  return { user, sessions };
};

export const actions = {
  revoke: async (event: RequestEvent) => {
    await requireSession(event, { freshFor: "1h" });
    const sid = (await event.request.formData()).get("sid");
    if (typeof sid === "string")
      await event.fetch(`/auth/sessions/${encodeURIComponent(sid)}`, { method: "DELETE" });
  },
};

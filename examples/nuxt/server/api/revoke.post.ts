import { guarded } from "sojourn/nuxt";
import type { H3Event } from "h3";

export default defineEventHandler(
  guarded(
    async (event: H3Event) => {
      const { sid } = await readBody<{ sid: string }>(event);
      const own = (await auth.sessions.list(event.context.auth.live.user.id)).find(
        (session) => session.sid === sid,
      );
      if (own !== undefined) await auth.sessions.revoke(own.sid);
      return sendRedirect(event, "/account", 303);
    },
    { freshFor: "1h" },
  ),
);

import { createServerFn } from "@tanstack/react-start";
import { auth } from "./auth.ts";
import { requireSession, sessionMiddleware } from "./session.ts";

/** What the client of the page starts with. */
export const getSnapshot = createServerFn({ strict: false })
  .middleware([sessionMiddleware])
  .handler(({ context }) => context.auth.snapshot());

/** The account of whoever opens a page. */
export const getAccount = createServerFn()
  .middleware([sessionMiddleware])
  .validator((page: string) => page)
  .handler(async ({ context, data: page }) => {
    const { session, user } = await requireSession(context.auth, { page });
    const sessions = await auth.sessions.list(user.id, { currentSid: session.sid });
    return {
      email: user.email,
      sessions: sessions.map(({ sid, current, device, lastSeenAt }) => ({
        sid,
        current,
        device: device.name,
        lastSeenAt,
      })),
    };
  });

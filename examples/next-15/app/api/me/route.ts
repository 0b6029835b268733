import { protect } from "../../../lib/auth";

export const GET = protect((_request, { user, session }) => Response.json({ user, session }));

import { protect } from "../../../lib/auth";

export const GET = protect((_request, { user }) => Response.json({ userId: user.id }));
export const POST = protect((_request, { user }) => Response.json({ userId: user.id }));

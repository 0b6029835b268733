import { protect } from "../../../lib/auth";

export const GET = protect((_request, { user }) => Response.json({ userId: user.id }), { freshFor: "5m" });

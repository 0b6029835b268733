import { route } from "../../../lib/auth";

export const GET = route(async (_request, visit) => {
  const state = await visit.read();
  return Response.json({ status: state.status, userId: state.status === "active" ? state.user.id : null });
});

import { route } from "../../../lib/auth";

export const POST = route(async (_request, visit) => {
  await visit.signOut();
  return Response.json({});
});

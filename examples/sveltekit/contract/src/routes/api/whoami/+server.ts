import type { RequestEvent } from "@sveltejs/kit";

export async function GET({ locals }: RequestEvent): Promise<Response> {
  const state = await locals.auth.read();
  return Response.json({ status: state.status, userId: state.status === "active" ? state.user.id : null });
}

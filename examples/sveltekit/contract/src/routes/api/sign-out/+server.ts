import type { RequestEvent } from "@sveltejs/kit";

export async function POST({ locals }: RequestEvent): Promise<Response> {
  await locals.auth.signOut();
  return Response.json({});
}

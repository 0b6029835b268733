import type { RequestEvent } from "@sveltejs/kit";

export async function GET({ locals }: RequestEvent): Promise<Response> {
  return (
    (await locals.auth.protect({ freshFor: "5m" })) ?? Response.json({ userId: locals.auth.live.user.id })
  );
}

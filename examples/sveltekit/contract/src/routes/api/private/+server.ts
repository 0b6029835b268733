import type { RequestEvent } from "@sveltejs/kit";

async function answer({ locals }: RequestEvent): Promise<Response> {
  return (await locals.auth.protect()) ?? Response.json({ userId: locals.auth.live.user.id });
}

export { answer as GET, answer as POST };

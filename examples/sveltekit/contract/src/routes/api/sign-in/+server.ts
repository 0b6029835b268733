import type { RequestEvent } from "@sveltejs/kit";

export async function POST({ cookies, locals, request, setHeaders }: RequestEvent): Promise<Response> {
  const { userId } = (await request.json()) as { userId: string };
  cookies.set("theme", "dark", { path: "/" });
  setHeaders({ "Cache-Control": "public, s-maxage=600" });
  await locals.auth.signIn({ userId, method: "app" });
  return Response.json({ userId });
}

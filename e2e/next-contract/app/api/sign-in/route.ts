import { route } from "../../../lib/auth";

export const POST = route(async (request, visit) => {
  const { userId } = (await request.json()) as { userId: string };
  await visit.signIn({ userId, method: "app" });
  return Response.json(
    { userId },
    { headers: { "Set-Cookie": "theme=dark; Path=/", "Cache-Control": "public, s-maxage=600" } },
  );
});

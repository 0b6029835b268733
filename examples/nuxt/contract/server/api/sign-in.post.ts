export default defineEventHandler(async (event) => {
  const { userId } = await readBody<{ userId: string }>(event);
  setCookie(event, "theme", "dark");
  await event.context.auth.signIn({ userId, method: "app" });
  setResponseHeader(event, "Cache-Control", "public, s-maxage=600");
  return { userId };
});

export default defineEventHandler(async ({ context }) => {
  const state = await context.auth.read();
  return { status: state.status, userId: state.status === "active" ? state.user.id : null };
});

export default defineEventHandler(async ({ context }) => {
  await context.auth.signOut();
  return {};
});

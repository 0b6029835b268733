/** Lets nobody see a page who is not signed in. What a page must not have, its API must not send: guard that as well. */
export default defineNuxtRouteMiddleware(async (to) => {
  if (import.meta.server) {
    const event = useRequestEvent();
    if (event === undefined) return;
    const { refusePage } = await import("sojourn/nuxt");
    const refused = await refusePage(event);
    if (refused === null) return;
    if (refused.location === null) return abortNavigation({ statusCode: refused.statusCode });
    return navigateTo(refused.location, { redirectCode: 303, external: true });
  }
  if (client.$session.get().status === "signed-out")
    return navigateTo({ path: "/sign-in", query: { returnTo: to.fullPath } });
});

import type { H3Event } from "h3";
import { guarded } from "sojourn/nuxt";

export default defineEventHandler(
  guarded(({ context }: H3Event) => ({ userId: context.auth.live.user.id }), { freshFor: "5m" }),
);

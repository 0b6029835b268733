import type { ServerLoadEvent } from "@sveltejs/kit";

export const load = async ({ locals }: ServerLoadEvent) => ({ snapshot: await locals.auth.snapshot() });

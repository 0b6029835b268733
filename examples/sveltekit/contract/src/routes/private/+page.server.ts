import type { ServerLoadEvent } from "@sveltejs/kit";
import { requireSession } from "#lib/server/guard.ts";

export const load = async (event: ServerLoadEvent) => ({ userId: (await requireSession(event)).user.id });

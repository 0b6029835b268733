import type { ServerLoadEvent } from "@sveltejs/kit";

export const load = ({ url }: ServerLoadEvent) => ({
  returnTo: url.searchParams.get("returnTo") ?? "/account",
});

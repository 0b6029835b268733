import * as kit from "@sveltejs/kit";
import { pageGuard } from "sojourn/sveltekit";

export const requireSession = pageGuard(kit);

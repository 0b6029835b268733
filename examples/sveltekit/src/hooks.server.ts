import { handleSession } from "sojourn/sveltekit";
import { auth } from "./lib/server/auth.ts";

export const handle = handleSession(auth);

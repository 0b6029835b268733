import { createClient } from "sojourn/client";
import type { auth } from "./server/auth.ts";

export const client = createClient<typeof auth>();

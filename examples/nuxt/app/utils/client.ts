import { createClient } from "sojourn/client";
import type { auth } from "../../server/utils/auth";

export const client = createClient<typeof auth>();

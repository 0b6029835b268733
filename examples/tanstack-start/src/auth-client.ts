import { createClient } from "sojourn/client";
import type { auth } from "./auth.ts";

export const client = createClient<typeof auth>();

declare module "sojourn/react" {
  interface Register {
    auth: typeof auth;
  }
}

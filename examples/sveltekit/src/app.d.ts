import type { RequestAuthOf } from "sojourn/sveltekit";
import type { auth } from "./lib/server/auth.ts";

declare global {
  namespace App {
    interface Locals {
      auth: RequestAuthOf<typeof auth>;
    }
  }
}

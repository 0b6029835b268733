"use client";

import { createClient } from "sojourn/client";
import type { auth } from "./auth";

/** One for the page. */
export const client = createClient<typeof auth>();

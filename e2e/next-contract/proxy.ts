import { createProxy } from "sojourn/next/proxy";
import { auth } from "./lib/auth";

export const proxy = createProxy({ auth, protect: ["/private"], signIn: "/sign-in" });

/** The routes guard themselves, and renew by themselves: that, too, is tried here. */
export const config = { matcher: "/((?!api/|auth/).*)" };

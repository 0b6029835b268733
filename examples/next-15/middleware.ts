import { createProxy } from "sojourn/next/proxy";
import { auth } from "./lib/auth";

export const middleware = createProxy({
  auth,
  protect: ["/dashboard", "/sessions"],
  signIn: "/sign-in",
  outage: "/outage",
});

/** On Node it can renew what is due. At the edge it would have a verifier in place of `auth`. */
export const config = { runtime: "nodejs" };

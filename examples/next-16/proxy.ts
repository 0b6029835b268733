import { createProxy } from "sojourn/next/proxy";
import { auth } from "./lib/auth";

export const proxy = createProxy({
  auth,
  protect: ["/dashboard", "/sessions"],
  signIn: "/sign-in",
  outage: "/outage",
});

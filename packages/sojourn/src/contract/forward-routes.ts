import { z } from "zod";
import type { Route } from "./route.ts";

/** The route that proxies ask, by name. */
export interface ForwardContract {
  readonly forward: Route<ForwardInput, object>;
}

/** `GET /forward`: how to tell where to sign in. */
export interface ForwardInput {
  /** `header`: with the 401, in `Sojourn-Sign-In`, for proxies that take no redirect for an answer. Default: a redirect. */
  readonly signIn?: "header" | undefined;
}

const signIn = z.enum(["header"]).optional();
const input: z.ZodType<ForwardInput> = z.strictObject({ signIn });
const query: z.ZodType<ForwardInput> = z.object({ signIn });

/** Forward-auth: whether a request may go on to a server that knows nothing of sessions. */
export const forwardRoutes: ForwardContract = {
  forward: {
    method: "GET",
    anyMethod: true,
    path: "/forward",
    // Judged by the request that the proxy asks about, and not by the one by which it asks.
    access: "public",
    fromElsewhere: true,
    inImpersonation: true,
    summary: "For proxies: whether the request they have may go on, and who it is from.",
    body: "none",
    input,
    query,
    output: null,
    redirects: true,
    errors: ["unauthenticated", "session_ended"],
  },
};

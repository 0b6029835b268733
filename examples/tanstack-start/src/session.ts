import { redirect } from "@tanstack/react-router";
import { createMiddleware } from "@tanstack/react-start";
import * as start from "@tanstack/react-start/server";
import { openSession, sessionGuard } from "sojourn/tanstack-start";
import { auth } from "./auth.ts";

export const sessionMiddleware = createMiddleware().server(({ request, next }) => {
  const visit = openSession(auth, request, start);
  return visit.finish(next({ context: { auth: visit.auth } }));
});

export const requireSession = sessionGuard({ redirect });

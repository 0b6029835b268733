import { createFileRoute } from "@tanstack/react-router";
import { authRoute } from "sojourn/tanstack-start";
import { auth } from "../../auth.ts";

export const Route = createFileRoute("/auth/$")({ server: { handlers: { ANY: authRoute(auth) } } });

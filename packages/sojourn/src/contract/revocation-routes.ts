import { z } from "zod";
import type { Route } from "./route.ts";
import { endReason } from "./schemas.ts";
import type { RevocationsInput, RevocationsReply } from "./types.ts";

/** The feed of ended sessions, by name. */
export interface RevocationContract {
  readonly revocations: Route<RevocationsInput, RevocationsReply>;
}

/** A cursor has a position for each shard of a store. */
const input: z.ZodType<RevocationsInput> = z.object({ cursor: z.string().max(8192).optional() });

const reply: z.ZodType<RevocationsReply> = z.object({
  ended: z.array(z.object({ sid: z.string(), reason: endReason, until: z.number() })),
  users: z.array(z.object({ userId: z.string(), before: z.number(), until: z.number() })),
  keys: z.array(z.string()),
  cursor: z.string().nullable(),
  more: z.boolean(),
});

/** The feed of ended sessions. */
export const revocationRoutes: RevocationContract = {
  revocations: {
    method: "GET",
    path: "/revocations",
    access: "service",
    inImpersonation: true,
    summary: "What was ended since a cursor, for verifiers that have no store.",
    body: "none",
    input,
    query: input,
    output: reply,
    errors: ["rate_limited", "invalid_client", "strategy_unsupported"],
  },
};

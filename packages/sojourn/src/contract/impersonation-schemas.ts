import { z } from "zod";
import { longestReason } from "../domain/impersonation.ts";
import { longestImpersonation } from "../domain/policy.ts";
import type * as types from "./impersonation-types.ts";
import { signedInReply } from "./schemas.ts";

export const impersonateInput: z.ZodType<types.ImpersonateInput> = z.strictObject({
  userId: z.string().min(1).max(255),
  reason: z.string().min(1).max(longestReason),
  duration: z
    .int()
    .min(60)
    .max(longestImpersonation / 1000)
    .optional(),
});

export const stopImpersonatingInput: z.ZodType<types.StopImpersonatingInput> = z.strictObject({
  actorToken: z.string().max(1024).optional(),
});

export const impersonationReply: z.ZodType<types.ImpersonationReply> = z.intersection(
  signedInReply,
  z.object({ actorToken: z.string().exactOptional() }),
);

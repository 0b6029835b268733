import { z } from "zod";
import type { ActivityRecord } from "../domain/audit.ts";
import { device } from "./schemas.ts";
import type * as types from "./user-data-types.ts";

const before = z
  .string()
  .max(34)
  .regex(/^[0-9a-f]{34}$/)
  .optional();
const limit = z.int().min(1).max(100);

export const activityInput: z.ZodType<types.ActivityInput> = z.strictObject({
  before,
  limit: limit.optional(),
});

/** The same from a URL, where numbers are texts. */
export const activityQuery: z.ZodType<types.ActivityInput> = z.object({
  before,
  limit: z.string().max(3).regex(/^\d+$/).transform(Number).pipe(limit).optional(),
});

/** What all events have; what else one has depends on its type. */
const event = z.looseObject({
  id: z.string(),
  type: z.string(),
  at: z.iso.datetime(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  device,
}) as unknown as z.ZodType<ActivityRecord>;

export const activityReply: z.ZodType<types.ActivityReply> = z.object({
  events: z.array(event),
  next: z.string().nullable(),
});

import { z } from "zod";
import type * as types from "./provider-types.ts";

const returnTo = z.string().max(1024).optional();
/** A switch in a URL, with or without a value: one that is misspelt must not pass for "no". */
const present = z
  .enum(["", "true", "false"])
  .transform((value) => value !== "false")
  .optional();

export const startSignInInput: z.ZodType<types.StartSignInInput> = z.object({
  remember: present,
  returnTo,
  stepUp: present,
});

export const linkInput: z.ZodType<types.LinkInput> = z.strictObject({ returnTo });

export const providerUrlReply: z.ZodType<types.ProviderUrlReply> = z.object({ url: z.string() });

/** Whatever the provider posts; what it means is for the protocol to judge. */
export const providerAnswer: z.ZodType<Readonly<Record<string, string>>> = z.record(z.string(), z.string());

export const identityListReply: z.ZodType<types.IdentityListReply> = z.object({
  identities: z.array(
    z.object({
      id: z.string(),
      provider: z.string(),
      email: z.string().nullable(),
      name: z.string().nullable(),
      linkedAt: z.iso.datetime(),
    }),
  ),
});

export const unlinkedReply: z.ZodType<types.UnlinkedReply> = z.object({ unlinked: z.number() });

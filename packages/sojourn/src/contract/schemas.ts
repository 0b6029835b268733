import { z } from "zod";
import type { Device } from "../domain/device.ts";
import type { Place } from "../domain/place.ts";
import type { BaseUser } from "../domain/principal.ts";
import { type EndReason, endReasons, type Session } from "../domain/session.ts";
import type * as types from "./types.ts";

/**
 * Each schema is held to its documented type by the compiler. Inputs are strict where a field that
 * nobody reads would be a mistake, and sized so that nothing large is ever looked at closely.
 */
const text = (most: number): z.ZodString => z.string().max(most);
const flag = z
  .union([z.boolean(), z.enum(["true", "false", "on", "1", "0", ""])])
  .transform((value) => value === true || value === "true" || value === "on" || value === "1");

const refreshToken = text(512);

export const endReason: z.ZodType<EndReason> = z.enum(endReasons as readonly [EndReason, ...EndReason[]]);

const options = {
  remember: flag.optional(),
  transport: z.enum(["cookie", "header"]).optional(),
  returnTo: text(2048).optional(),
};

/** As in the query of a URL, too. */
export const signInOptions: z.ZodType<types.SignInOptions> = z.strictObject(options);

export const signInInput: z.ZodType<types.SignInInput> = z.strictObject({
  email: text(320),
  password: text(4096),
  ...options,
});

export const signUpInput: z.ZodType<types.SignUpInput> = z.strictObject({
  email: text(320),
  password: text(4096),
  name: text(200).optional(),
  ...options,
});

export const stepUpInput: z.ZodType<types.StepUpInput> = z.strictObject({
  password: text(4096),
  refreshToken: refreshToken.optional(),
});

export const changePasswordInput: z.ZodType<types.ChangePasswordInput> = z.strictObject({
  currentPassword: text(4096),
  newPassword: text(4096),
});

export const signOutInput: z.ZodType<types.SignOutInput> = z.strictObject({
  everywhere: flag.optional(),
  refreshToken: refreshToken.optional(),
  returnTo: text(2048).optional(),
  provider: flag.optional(),
});

/** A switch in a URL: here a misspelt value must not pass for "no". */
const switched = z
  .enum(["true", "false"])
  .transform((value) => value === "true")
  .optional();

export const signOutQuery: z.ZodType<Pick<types.SignOutInput, "everywhere" | "provider">> = z.object({
  everywhere: switched,
  provider: switched,
});

export const refreshInput: z.ZodType<types.RefreshInput> = z.strictObject({
  refreshToken: refreshToken.optional(),
});

export const emptyInput: z.ZodType<Record<string, never>> = z.strictObject({});

export const tokenInput: z.ZodType<types.TokenInput> = z.object({
  token: text(8192),
  token_type_hint: text(64).optional(),
});

const session = {
  sid: z.string(),
  userId: z.string(),
  kind: z.enum(["user", "agent", "service", "anonymous"]),
  method: z.string(),
  transport: z.enum(["cookie", "header"]),
  remember: z.boolean(),
  createdAt: z.iso.datetime(),
  authTime: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  idleExpiresAt: z.iso.datetime(),
  absoluteExpiresAt: z.iso.datetime(),
  amr: z.array(z.string()),
  acr: z.string().nullable(),
  actor: z.object({ userId: z.string(), sid: z.string(), reason: z.string() }).nullable(),
  claims: z.record(z.string(), z.unknown()),
};

/** Loose, because `callbacks.session` may add to it. */
const sessionSchema: z.ZodType<Session> = z.looseObject(session);

export const userSchema: z.ZodType<BaseUser> = z.looseObject({
  id: z.string(),
  status: z.enum(["active", "disabled"]).exactOptional(),
});

export const device: z.ZodType<Device> = z.object({
  name: z.string(),
  type: z.enum(["desktop", "mobile", "tablet", "program", "unknown"]),
  browser: z.string().nullable(),
  os: z.string().nullable(),
});

const place: z.ZodType<Place> = z.object({
  country: z.string().exactOptional(),
  region: z.string().exactOptional(),
  city: z.string().exactOptional(),
});

const replyShape = {
  session: sessionSchema,
  user: userSchema,
  serverTime: z.iso.datetime(),
  renewal: z.object({ at: z.iso.datetime(), by: z.enum(["refresh", "touch"]) }).nullable(),
  data: z.record(z.string(), z.unknown()).exactOptional(),
};

export const sessionReply: z.ZodType<types.SessionReply> = z.object(replyShape);

const tokens: z.ZodType<types.TokenReply> = z.object({
  tokenType: z.literal("Bearer"),
  accessToken: z.string(),
  expiresIn: z.number(),
  refreshToken: z.string().exactOptional(),
});

export const signedInReply: z.ZodType<types.SignedInReply> = z.object({
  ...replyShape,
  tokens: tokens.exactOptional(),
});

export const signedOutReply: z.ZodType<types.SignedOutReply> = z.object({
  ended: z.number(),
  providerLogoutUrl: z.string().exactOptional(),
});

export const endedReply: z.ZodType<types.EndedReply> = z.object({ ended: z.number() });

export const csrfTokenReply: z.ZodType<types.CsrfTokenReply> = z.object({ token: z.string() });

export const sessionListReply: z.ZodType<types.SessionListReply> = z.object({
  sessions: z.array(
    z.object({
      ...session,
      actor: z.object({ userId: z.string() }).nullable(),
      current: z.boolean(),
      device,
      ip: z.string().nullable(),
      place: place.nullable(),
    }),
  ),
});

export const introspectionReply: z.ZodType<types.IntrospectionReply> = z.object({
  active: z.boolean(),
  sub: z.string().optional(),
  sid: z.string().optional(),
  iss: z.string().optional(),
  aud: z.string().optional(),
  client_id: z.string().optional(),
  exp: z.number().optional(),
  iat: z.number().optional(),
  auth_time: z.number().optional(),
  acr: z.string().optional(),
  amr: z.array(z.string()).optional(),
  token_type: z.literal("Bearer").optional(),
});

export const jwksReply: z.ZodType<{ readonly keys: readonly object[] }> = z.object({
  keys: z.array(z.looseObject({})),
});

const challenge: z.ZodType<types.StepUpChallenge> = z.object({
  freshFor: z.number().optional(),
  aal: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
  acrValues: z.array(z.string()).optional(),
  methods: z.array(z.object({ method: z.string(), how: z.enum(["password", "redirect"]), url: z.string() })),
  returnTo: z.string().optional(),
  resumes: z.literal(true).optional(),
});

export const problemSchema: z.ZodType<types.Problem> = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  retryAfter: z.number().optional(),
  error: z.string().optional(),
  reason: endReason.optional(),
  challenge: challenge.optional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});

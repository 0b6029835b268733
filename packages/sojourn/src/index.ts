/**
 * Sojourn, the session layer for TypeScript.
 *
 * @module
 */
export type { ProviderAccounts } from "./account-verbs.ts";
export type { AccessToken } from "./accounts/provider-tokens.ts";
export type { Auth, ImpersonateOptions, Sessions, StreamSource } from "./auth.ts";
export type { AuditOptions } from "./audit-options.ts";
export type { Audit } from "./auth-audit.ts";
export type { AuthData, AuthFlash, ExposedData, RawData, UserOf } from "./auth-data.ts";
export type { KeyInfo, Keys } from "./auth-keys.ts";
export type { Users } from "./auth-users.ts";
export type {
  AuthOptions,
  JwtAlgorithm,
  JwtOptions,
  RateLimitOptions,
  StrategyName,
} from "./auth-options.ts";
export type * from "./contract/provider-types.ts";
export type * from "./contract/impersonation-types.ts";
export type * from "./contract/types.ts";
export type * from "./contract/user-data-types.ts";
export type { CookieOptions } from "./cookies/cookie-options.ts";
export type { SameSite } from "./cookies/set-cookie.ts";
export { createAuth } from "./create-auth.ts";
export type { ActivityRecord, AuditRecord, AuditRecordOf, EventFilter } from "./domain/audit.ts";
export type { SessionClaims } from "./domain/claims.ts";
export type {
  AnyJson,
  DataDeclarations,
  DataInputOf,
  DataKeyOptions,
  DataOf,
  DataValidator,
  StandardSchema,
  UndeclaredData,
} from "./domain/data-schema.ts";
export type { Device } from "./domain/device.ts";
export type { Duration, DurationUnit } from "./domain/duration.ts";
export { type ErrorCode, type ErrorDetails, isSojournError, SojournError } from "./domain/errors.ts";
export type {
  EventBase,
  EventType,
  ImpersonationSubject,
  SessionSubject,
  SojournEvent,
} from "./domain/events.ts";
export type {
  Limit,
  LimitedAct,
  LimitScope,
  RateLimit,
  RateLimitRule,
  RateLimitRules,
} from "./domain/policy/rate-limits.ts";
export type { PolicyReport, PolicyRow, PolicySection } from "./domain/policy/report.ts";
export type { MaybePromise } from "./domain/maybe-promise.ts";
export type { KeyState } from "./domain/key-life.ts";
export type {
  AssuranceLevel,
  KeyOptions,
  LifetimeOptions,
  LimitOptions,
  PresetName,
  SessionLimit,
  SessionOptions,
} from "./domain/policy.ts";
export type { AnonymousUser, BaseUser, Principal } from "./domain/principal.ts";
export type {
  EndReason,
  JsonValue,
  Session,
  SessionActor,
  SessionData,
  SessionKind,
  SessionRecord,
  Transport,
} from "./domain/session.ts";
export type { ProxyPreset, TrustedProxies } from "./domain/trusted-proxies.ts";
export type { CorsOptions } from "./http/cors-options.ts";
export type { CsrfOptions } from "./http/csrf-options.ts";
export type { IssuedCsrfToken } from "./http/csrf-tokens.ts";
export type { StreamEvent } from "./http/event-stream.ts";
export type { AuthState } from "./http/request-authenticator.ts";
export type { HeaderSource, RequestHeaders } from "./http/request-headers.ts";
export type {
  Admission,
  KnownBefore,
  LiveSession,
  ProtectOptions,
  ReadOptions,
  RequestSource,
  RequireOptions,
  SignInWith,
  Snapshot,
  Visit,
  VisitOptions,
} from "./http/verbs.ts";
export type { ImpersonatedSession } from "./http/request-impersonation.ts";
export type { IssuedSession, RefreshResult } from "./http/request-sessions.ts";
export type { WatchableSession } from "./http/session-watch.ts";
export type { ImpersonationOptions } from "./impersonation-options.ts";
export type { PlaceLookup } from "./session/place-finder.ts";
export type { PrivacyOptions } from "./client-options.ts";
export type { Anomaly, AnomalyAnswer, AnomalyChange } from "./domain/anomaly.ts";
export type { Place } from "./domain/place.ts";
export type { AnonymousMethod, RequestMethod } from "./login/login-method.ts";
export type { LoginMethod, LoginMethodFactory, LoginParts, PasswordMethod } from "./login/login-method.ts";
export type * from "./login/redirect-method.ts";
export type { Clock } from "./ports/clock.ts";
export type { EventSink, Logger } from "./ports/event-sink.ts";
export type { Entry, EntryPage, EntryStore } from "./ports/entry-store.ts";
export type { RateDecision, RateLimiter } from "./ports/rate-limiter.ts";
export type { Random } from "./ports/random.ts";
export type * from "./ports/session-store.ts";
export type {
  AccountDirectory,
  CredentialDirectory,
  NewAccount,
  StoredCredential,
  StoredUser,
  UserDirectory,
} from "./ports/user-directory.ts";
export type { SessionOptionsOf } from "./session-data-options.ts";
export type { AuditPage, AuditQuery } from "./session/audit-reader.ts";
export type { AuditStatus } from "./session/audit-writer.ts";
export type { Callbacks } from "./session/callbacks.ts";
export type { RequestContext } from "./session/event-log.ts";
export type { ExportedSession, UserExport } from "./session/user-export.ts";
export type { SessionTarget } from "./session-contents.ts";
export type { ListedSession, StoredSession } from "./session/session-manager.ts";
export type { Credentials } from "./strategies/verification.ts";
export { isStepUpRequired, type StepUpRequired } from "./step-up-required.ts";

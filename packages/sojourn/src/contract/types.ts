import type { Device } from "../domain/device.ts";
import type { Place } from "../domain/place.ts";
import type { AssuranceLevel } from "../domain/policy.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { Renewal } from "../domain/renewal.ts";
import type { EndReason, Session, SessionActor, Transport } from "../domain/session.ts";

/** A session and its user. */
export interface SessionReply<User = BaseUser, Data = Readonly<Record<string, unknown>>> {
  readonly session: Session;
  readonly user: User;
  /** The server's clock, in ISO 8601: a client's own may be hours wrong, and sessions end by this one. */
  readonly serverTime: string;
  /** How a client whose user is active keeps the session going; null where nothing prolongs it. */
  readonly renewal: Renewal | null;
  /** What of the session's data is declared with `expose`; absent where nothing is. */
  readonly data?: Data;
}

/** The tokens of a session with header transport. With cookies they never appear in a body. */
export interface TokenReply {
  readonly tokenType: "Bearer";
  readonly accessToken: string;
  /** Seconds from now. */
  readonly expiresIn: number;
  /** Hybrid only. */
  readonly refreshToken?: string;
}

/** What sign-in, sign-up, step-up and refresh answer. */
export interface SignedInReply<User = BaseUser> extends SessionReply<User> {
  /** Header transport only. */
  readonly tokens?: TokenReply;
}

/** Common to signing in and up. */
export interface SignInOptions {
  /** Keep the browser signed in after it closes. Default false. */
  readonly remember?: boolean | undefined;
  /** Default `cookie`. */
  readonly transport?: Transport | undefined;
  /** Where a form post goes next: a path on this origin, or an allowed URL. */
  readonly returnTo?: string | undefined;
}

/** `POST /sign-in/password`. */
export interface SignInInput extends SignInOptions {
  readonly email: string;
  readonly password: string;
}

/** `POST /sign-up/password`. */
export interface SignUpInput extends SignInInput {
  readonly name?: string | undefined;
}

/** `POST /step-up`. */
export interface StepUpInput {
  readonly password: string;
  /** With header transport in hybrid, for a session that idled: its access token has run out as well. */
  readonly refreshToken?: string | undefined;
}

/** A way to prove again who one is. */
export interface StepUpMethod {
  /** Its name: `password`, `google`, ... */
  readonly method: string;
  /** `password`: post it to `url`. `redirect`: send the browser to `url`, with `returnTo` in its query if wanted. */
  readonly how: "password" | "redirect";
  /** A path on this origin. */
  readonly url: string;
}

/** What `step_up_required` asks for, and how to give it. */
export interface StepUpChallenge {
  /** The last proof may be this many seconds old. */
  readonly freshFor?: number | undefined;
  /** The assurance level that is needed. */
  readonly aal?: AssuranceLevel | undefined;
  /** The context classes (`acr`) that reach it, the lowest first. */
  readonly acrValues?: readonly string[] | undefined;
  /** The ways that help. Where there is none, only signing in otherwise does. */
  readonly methods: readonly StepUpMethod[];
  /** Where the browser was, to be sent back there. */
  readonly returnTo?: string | undefined;
  /** The session idled (`session_ended`), and goes on after a new proof. */
  readonly resumes?: true | undefined;
}

/** `POST /change-password`. */
export interface ChangePasswordInput {
  readonly currentPassword: string;
  readonly newPassword: string;
}

/** `POST /sign-out`. */
export interface SignOutInput {
  /** End all sessions of the user. Default false. */
  readonly everywhere?: boolean | undefined;
  /** With header transport, where the access token may have run out; in a cookie otherwise. */
  readonly refreshToken?: string | undefined;
  readonly returnTo?: string | undefined;
  /** Go on at the provider that the session came from. Default: as that provider's `logout` option says. */
  readonly provider?: boolean | undefined;
}

/** `POST /sign-out`. */
export interface SignedOutReply {
  readonly ended: number;
  /** Send the browser there, to sign out at the provider as well. It comes back. */
  readonly providerLogoutUrl?: string;
}

/** `POST /backchannel-logout/{provider}`, as OpenID Connect Back-Channel Logout 1.0 §2.5 has it. */
export interface LogoutTokenInput {
  readonly logout_token: string;
}

/** `GET /signed-out/{provider}` (OpenID Connect RP-Initiated Logout 1.0 §3). */
export interface SignedOutAtProviderInput {
  readonly state?: string | undefined;
}

/** `POST /refresh`: the token in the body with header transport, in a cookie otherwise. */
export interface RefreshInput {
  readonly refreshToken?: string | undefined;
}

/** How many sessions an act ended. */
export interface EndedReply {
  readonly ended: number;
}

/** One entry of `GET /sessions`. */
export interface SessionListEntry extends Omit<Session, "actor"> {
  /** Who acts as the user there; their reason is not the user's to read. */
  readonly actor: Pick<SessionActor, "userId"> | null;
  readonly current: boolean;
  readonly device: Device;
  readonly ip: string | null;
  /** Where it began; null if nobody looked that up. */
  readonly place: Place | null;
}

/** `GET /sessions`. */
export interface SessionListReply {
  readonly sessions: readonly SessionListEntry[];
}

/** `GET /csrf-token`. */
export interface CsrfTokenReply {
  /** Goes back in the header `X-CSRF-Token` or the form field `csrfToken`; bound to this session, or to this browser. */
  readonly token: string;
}

/** `POST /introspect` and `POST /revoke` (RFC 7662 §2.1, RFC 7009 §2.1). */
export interface TokenInput {
  readonly token: string;
  readonly token_type_hint?: string | undefined;
}

/** `POST /introspect` (RFC 7662 §2.2). For a token that is not good, `active: false` and nothing else. */
export interface IntrospectionReply {
  readonly active: boolean;
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
  readonly iss?: string | undefined;
  readonly aud?: string | undefined;
  readonly client_id?: string | undefined;
  readonly exp?: number | undefined;
  readonly iat?: number | undefined;
  readonly auth_time?: number | undefined;
  readonly acr?: string | undefined;
  readonly amr?: readonly string[] | undefined;
  readonly token_type?: "Bearer" | undefined;
}

/** `GET /revocations`: where to go on from; nothing to begin. */
export interface RevocationsInput {
  readonly cursor?: string | undefined;
}

/** `GET /revocations`, for verifiers that have no store. Times in ms since the epoch. */
export interface RevocationsReply {
  /** The sessions that are over, and until when a token of each could still look good. */
  readonly ended: readonly { readonly sid: string; readonly reason: EndReason; readonly until: number }[];
  /** What tokens made before say of these users is out of date. */
  readonly users: readonly { readonly userId: string; readonly before: number; readonly until: number }[];
  /** The ids of the keys whose tokens are good. */
  readonly keys: readonly string[];
  /** What to ask with next. Null only while nothing was ever ended. */
  readonly cursor: string | null;
  /** Whether another page is waiting. */
  readonly more: boolean;
}

/** One message of `GET /events`. */
export type SessionEventMessage =
  /** The stream is open and the session alive. */
  | { readonly type: "alive"; readonly sid: string }
  /** The session is over; the stream closes. */
  | { readonly type: "ended"; readonly sid: string; readonly reason: EndReason };

/** Every failure (RFC 9457 problem document). Branch on `code`. */
export interface Problem {
  /** The code as a URI. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** Seconds (503). */
  readonly retryAfter?: number | undefined;
  /** The same in the words of OAuth, where a provider reads it (`logout_token_invalid`). */
  readonly error?: string | undefined;
  /** Why the session is over (`session_ended`). */
  readonly reason?: EndReason | undefined;
  /** What to prove and how (`step_up_required`, and `session_ended` for a session that can be resumed). */
  readonly challenge?: StepUpChallenge | undefined;
  /** What is wrong with which field (`invalid_input`). */
  readonly issues?: readonly { readonly path: string; readonly message: string }[] | undefined;
}

/** The failure of a call that needs a newer or stronger proof of who is there. */
export interface StepUpProblem extends Problem {
  readonly code: "step_up_required";
  readonly challenge: StepUpChallenge;
}

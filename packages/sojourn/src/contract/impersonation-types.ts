import type { BaseUser } from "../domain/principal.ts";
import type { SignedInReply } from "./types.ts";

/** `POST /impersonate`. */
export interface ImpersonateInput {
  /** As whom. */
  readonly userId: string;
  /** Why: 1 to 500 characters. It is shown to whoever acts, and logged. */
  readonly reason: string;
  /** Seconds, from 60 to 3600. Default 3600. */
  readonly duration?: number | undefined;
}

/** What `POST /impersonate` answers. */
export interface ImpersonationReply<User = BaseUser> extends SignedInReply<User> {
  /** The way back, for `POST /impersonate/stop`. Header transport only; browsers keep it in a cookie. */
  readonly actorToken?: string;
}

/** `POST /impersonate/stop`: the way back in the body with header transport, in a cookie otherwise. */
export interface StopImpersonatingInput {
  readonly actorToken?: string | undefined;
}

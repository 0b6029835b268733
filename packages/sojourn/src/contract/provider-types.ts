/** `GET /sign-in/{method}`: all of it stands in the URL. */
export interface StartSignInInput {
  /** Keep the browser signed in after it closes. Default false. */
  readonly remember?: boolean | undefined;
  /** Where the browser goes when it is signed in: a path on this origin, or an allowed URL. */
  readonly returnTo?: string | undefined;
  /** Confirm the session that this browser has, instead of beginning one. */
  readonly stepUp?: boolean | undefined;
}

/** `POST /link/{provider}`. */
export interface LinkInput {
  /** Where the browser goes when the account is linked. */
  readonly returnTo?: string | undefined;
}

/** Where to send the browser. */
export interface ProviderUrlReply {
  readonly url: string;
}

/** An account at a provider that its user can sign in with. */
export interface LinkedIdentity {
  readonly id: string;
  readonly provider: string;
  /** As the provider told it when the account was linked. */
  readonly email: string | null;
  readonly name: string | null;
  /** ISO 8601. */
  readonly linkedAt: string;
}

/** `GET /identities`. */
export interface IdentityListReply {
  readonly identities: readonly LinkedIdentity[];
}

/** `DELETE /identities/{id}`. */
export interface UnlinkedReply {
  readonly unlinked: number;
}

import type { Problem } from "../contract/types.ts";

/** Why a call did not do what was asked. */
export interface ClientError extends Partial<Omit<Problem, "code" | "status">> {
  readonly code: string;
  readonly status: number;
  /** For people; never to branch on. */
  readonly message: string;
  /** What the platform threw, where nobody answered (`unreachable`). */
  readonly cause?: unknown;
}

/**
 * What came of a call. Calls do not throw: an outage or a wrong password is a value.
 *
 * `code` is one of the server's, or `unreachable` (status 0) where nobody answered.
 */
export type Result<Data> = (
  | { readonly ok: true; readonly data: Data; readonly error?: undefined }
  | { readonly ok: false; readonly error: ClientError; readonly data?: undefined }
) & {
  /** The data. @throws {Error} with the fields of the error, where there is none. */
  unwrap(): Data;
};

/** A result that is none. */
export type Failed<Data> = Extract<Result<Data>, { readonly ok: false }>;

/** A call that did what was asked. */
export function success<Data>(data: Data): Result<Data> {
  return { ok: true, data, unwrap: () => data };
}

/** A call that did not. */
export function failure<Data>(error: ClientError): Failed<Data> {
  return {
    ok: false,
    error,
    unwrap() {
      throw Object.assign(new Error(error.message), error);
    },
  };
}

/**
 * Whether something failed for want of a session: a `Response`, a {@link Result}, its error, or what another
 * library threw, by its status 401.
 */
export function isAuthError(what: unknown): boolean {
  const { status, error, response } = (what ?? {}) as Partial<
    Record<"status" | "error" | "response", unknown>
  >;
  return status === 401 || [error, response].some((inner) => inner !== undefined && isAuthError(inner));
}

import type { Problem } from "sojourn";
import { setReachable } from "./page-state.ts";

/** Why a call did not do what was asked. */
export type Failure = Pick<Problem, "code" | "detail" | "status" | "reason" | "issues" | "challenge">;

/** What came of a call. A network error is a value too. */
export type Reply<Data> =
  | { readonly ok: true; readonly data: Data }
  | { readonly ok: false; readonly error: Failure };

const unreachable: Failure = {
  status: 0,
  code: "unreachable",
  detail: "The server cannot be reached. Try again in a moment.",
};
const longestWait = 10_000;

/** Calls a route of this server. The session travels in a cookie that no script can read. */
export async function call<Data>(
  method: "GET" | "POST" | "DELETE",
  path: string,
  input?: object,
): Promise<Reply<Data>> {
  const reply = await attempt<Data>(method, path, input);
  setReachable(reply.ok || !isOutage(reply.error));
  return reply;
}

/** Nobody answered, or the server cannot reach its store: that says nothing about who is signed in. */
export function isOutage({ code }: Failure): boolean {
  return code === "unreachable" || code === "store_unavailable";
}

/** The request had no live session. */
export function isSignedOut({ code }: Failure): boolean {
  return code === "session_ended" || code === "unauthenticated" || code === "refresh_invalid";
}

async function attempt<Data>(method: string, path: string, input: object | undefined): Promise<Reply<Data>> {
  try {
    const response = await fetch(path, {
      method,
      signal: AbortSignal.timeout(longestWait),
      ...(input === undefined
        ? {}
        : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(input) }),
    });
    const body: unknown = await response.json();
    if (response.ok) return { ok: true, data: body as Data };
    return { ok: false, error: problemIn(body, response.status) };
  } catch {
    return { ok: false, error: unreachable };
  }
}

/** The app's own routes answer in their own words; only Sojourn's have a code. */
function problemIn(body: unknown, status: number): Failure {
  const {
    code = "",
    detail = "",
    message = "",
    ...rest
  } = body as Partial<Failure> & { readonly message?: string };
  return { ...rest, code, detail: detail || message, status };
}

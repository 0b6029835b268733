import type {
  EndedReply,
  SessionListEntry,
  SessionListReply,
  SessionReply,
  SignedOutReply,
} from "../contract/types.ts";
import type { Transport } from "../domain/session.ts";
import type { Answer, Connection } from "./connection.ts";
import { type ClientError, failure, type Result, success } from "./result.ts";
import type { SessionKeeper } from "./session-keeper.ts";

/** What can be asked of the server, by the name that the client has for it. */
export interface Calls {
  signIn(method: string, credentials?: object): Promise<Result<SessionReply>>;
  signUp(method: string, credentials?: object): Promise<Result<SessionReply>>;
  signOut(input?: object): Promise<Result<SignedOutReply>>;
  touch(): Promise<Result<SessionReply>>;
  stepUp(input: object): Promise<Result<SessionReply>>;
  changePassword(input: object): Promise<Result<SessionReply>>;
  stopImpersonating(input?: object): Promise<Result<SessionReply>>;
  list(): Promise<Result<readonly SessionListEntry[]>>;
  revoke(sid: string): Promise<Result<EndedReply>>;
  revokeOthers(): Promise<Result<EndedReply>>;
}

/** Makes the calls of one client. What they find out about the session, its keeper learns. */
export function callsOf(connection: Connection, keeper: SessionKeeper, transport: Transport): Calls {
  const { tokens } = connection;
  const { failed, changed, left } = learning(keeper);
  const refreshToken = async (): Promise<string | undefined> => (await tokens?.read())?.refresh ?? undefined;
  /** An access token that ran out is made anew, as the server does by itself with cookies. */
  const call = async <Data>(method: string, path: string, input?: object): Promise<Answer<Data>> => {
    const answer = await connection.call<Data>(method, path, input);
    const isTooOld = answer.result.error?.code === "unauthenticated" && (await refreshToken()) !== undefined;
    return isTooOld && (await keeper.renew()).data ? connection.call(method, path, input) : answer;
  };
  const enter = async (path: string, input: object = {}): Promise<Result<SessionReply>> =>
    changed(await call<SessionReply>("POST", path, input));
  const act = async <Data>(method: string, path: string, sid?: string): Promise<Result<Data>> => {
    const answer = await call<Data>(method, path);
    const { result } = answer;
    if (!result.ok) await failed(result.error);
    // Whoever ends their own session from the list has signed out, too.
    else if (sid !== undefined && sid === keeper.known?.reply?.session.sid) await left(answer);
    return result;
  };
  return {
    signIn: (method, credentials) => enter(`/sign-in/${method}`, { ...credentials, transport }),
    signUp: (method, credentials) => enter(`/sign-up/${method}`, { ...credentials, transport }),
    async signOut(input) {
      const all = { ...input, refreshToken: await refreshToken() };
      const answer = await connection.call<SignedOutReply>("POST", "/sign-out", all);
      if (answer.result.ok) await left(answer);
      return answer.result;
    },
    async touch() {
      const answer = await call<SessionReply>("POST", "/touch", {});
      // It begins nothing, so it tells of the moment when it was asked.
      return changed(answer, answer.askedAt);
    },
    stepUp: async (input) => enter("/step-up", { ...input, refreshToken: await refreshToken() }),
    changePassword: (input) => enter("/change-password", input),
    stopImpersonating: (input) => enter("/impersonate/stop", input),
    async list() {
      const result = await act<SessionListReply>("GET", "/sessions");
      return result.ok ? success(result.data.sessions) : failure(result.error);
    },
    revoke: (sid) => act("DELETE", `/sessions/${encodeURIComponent(sid)}`, sid),
    revokeOthers: () => act("DELETE", "/sessions"),
  };
}

/** What calls make of their answers. */
function learning(keeper: SessionKeeper) {
  /** A call failed; that may be because the session is over. */
  const failed = async ({ code, reason }: ClientError): Promise<void> => {
    if (code === "session_ended" || code === "unauthenticated") await keeper.ended(reason ?? null);
  };
  /** Takes in the answer of a call that changes who is signed in. @param asOf since when it is true. */
  const changed = async (
    answer: Answer<SessionReply>,
    asOf: number = answer.answeredAt,
  ): Promise<Result<SessionReply>> => {
    const { result } = answer;
    if (result.ok) await keeper.learn(answer, result.data, asOf);
    else await failed(result.error);
    return result;
  };
  /** This browser has signed out. */
  const left = (answer: Answer<unknown>): Promise<void> =>
    keeper.learn({ ...answer, endReason: "signed_out" }, null, answer.answeredAt);
  return { failed, changed, left };
}

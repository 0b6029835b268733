import type {
  EndedReply,
  SessionListEntry,
  SessionListReply,
  SessionReply,
  SignedOutReply,
} from "../contract/types.ts";
import type { Transport } from "../domain/session.ts";
import type { Answer, Connection } from "./connection.ts";
import { failure, type Result, success } from "./result.ts";
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
  const refreshToken = async (): Promise<string | undefined> => (await tokens?.read())?.refresh ?? undefined;
  /** An access token that ran out is made anew, as the server does by itself with cookies. */
  const call = async <Data>(method: string, path: string, input?: object): Promise<Answer<Data>> => {
    const answer = await connection.call<Data>(method, path, input);
    const isTooOld = answer.result.error?.code === "unauthenticated" && (await refreshToken()) !== undefined;
    return isTooOld && (await keeper.renew()).data ? connection.call(method, path, input) : answer;
  };
  const enter = async (path: string, input: object = {}): Promise<Result<SessionReply>> => {
    const answer = await call<SessionReply>("POST", path, input);
    await keeper.changed(answer);
    return answer.result;
  };
  const act = async <Data>(method: string, path: string): Promise<Result<Data>> => {
    const { result } = await call<Data>(method, path);
    if (!result.ok) await keeper.failed(result.error);
    return result;
  };
  return {
    signIn: (method, credentials) => enter(`/sign-in/${method}`, { ...credentials, transport }),
    signUp: (method, credentials) => enter(`/sign-up/${method}`, { ...credentials, transport }),
    async signOut(input) {
      const all = { ...input, refreshToken: await refreshToken() };
      const answer = await connection.call<SignedOutReply>("POST", "/sign-out", all);
      if (answer.result.ok) await keeper.left(answer);
      return answer.result;
    },
    async touch() {
      const answer = await call<SessionReply>("POST", "/touch", {});
      // It begins nothing, so it tells of the moment when it was asked.
      await keeper.changed(answer, answer.askedAt);
      return answer.result;
    },
    stepUp: async (input) => enter("/step-up", { ...input, refreshToken: await refreshToken() }),
    changePassword: (input) => enter("/change-password", input),
    stopImpersonating: (input) => enter("/impersonate/stop", input),
    async list() {
      const result = await act<SessionListReply>("GET", "/sessions");
      return result.ok ? success(result.data.sessions) : failure(result.error);
    },
    revoke: (sid) => act("DELETE", `/sessions/${encodeURIComponent(sid)}`),
    revokeOthers: () => act("DELETE", "/sessions"),
  };
}

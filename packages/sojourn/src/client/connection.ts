import { endReasonHeader } from "../contract/headers.ts";
import type { Problem, TokenReply } from "../contract/types.ts";
import type { EndReason } from "../domain/session.ts";
import { type ClientError, type Failed, failure, type Result, success } from "./result.ts";
import type { Tokens } from "./token-storage.ts";

/** As every platform has it. */
export type Fetch = typeof globalThis.fetch;

/** What a call to the server takes. */
export interface ConnectionParts {
  /** Of the routes, such as `/auth` or `https://api.example/auth`. */
  readonly url: string;
  readonly fetch: Fetch;
  /** `include` for a server on another origin. */
  readonly credentials: "same-origin" | "include";
  /** Null with cookies. */
  readonly tokens: Tokens | null;
}

/** How an answer came, besides what it says. */
export interface Answer<Data> {
  readonly result: Result<Data>;
  /** Just before it was asked, in ms of this machine's clock: what happens at the same moment happens later. */
  readonly askedAt: number;
  /** When it was answered. */
  readonly answeredAt: number;
  /** Why the session is over that was asked about, if the server says so. */
  readonly endReason: EndReason | null;
  /** The tokens that came with it. They are no part of the result: what is shown and told other tabs holds no secret. */
  readonly issued: TokenReply | null;
}

/** Calls Sojourn's routes, with whatever proves who is asking. */
export interface Connection extends ConnectionParts {
  /** The header with the token that the server wants with each change, if it does and one is known. */
  readonly csrf: Record<string, string>;
  /** Never rejects. */
  call<Data>(method: string, path: string, input?: object): Promise<Answer<Data>>;
  /** Sends one request as it is. @throws where nobody answers. */
  send(method: string, path: string, input?: object, signal?: AbortSignal): Promise<Response>;
  /** The header that proves who is asking, with header transport. */
  authorization(): Promise<{ readonly Authorization?: string }>;
}

const unreachable: ClientError = {
  code: "unreachable",
  status: 0,
  message: "The server cannot be reached.",
};
/** What came of a call that nobody answered. */
export const unreached = <Data>(cause: unknown): Failed<Data> => failure<Data>({ ...unreachable, cause });
const longestWait = 15_000;

/** Connects to a server. */
export function connect(parts: ConnectionParts): Connection {
  const { url, fetch, credentials, tokens } = parts;
  const csrf: Record<string, string> = {};

  const authorization = async (): Promise<{ readonly Authorization?: string }> => {
    const kept = await tokens?.read();
    return kept ? { Authorization: `Bearer ${kept.access}` } : {};
  };
  const send: Connection["send"] = async (method, path, input, signal) =>
    fetch(url + path, {
      method,
      credentials,
      // Not every platform can end a request after a time; there its own limit holds.
      signal: signal ?? AbortSignal.timeout?.(longestWait),
      headers: {
        ...(await authorization()),
        ...(input && { "Content-Type": "application/json" }),
        ...csrf,
      },
      ...(input && { body: JSON.stringify(input) }),
    });
  const ask = async <Data>(method: string, path: string, input?: object): Promise<Reply<Data>> =>
    readReply(await send(method, path, input), path === "/session");
  const connection: Connection = {
    ...parts,
    csrf,
    send,
    authorization,
    async call<Data>(method: string, path: string, input?: object) {
      const askedAt = Date.now() - 0.5;
      const reply = await (async () => {
        const first = await ask<Data>(method, path, input);
        const isRefused = first.result.error?.code === "csrf_refused";
        const isWorthMore = isRefused && (await (await import("./csrf.ts")).learnCsrfToken(connection));
        return isWorthMore ? ask<Data>(method, path, input) : first;
      })().catch((cause: unknown) => ({
        result: unreached<Data>(cause),
        endReason: null,
        issued: null,
      }));
      return { ...reply, askedAt, answeredAt: Date.now() };
    },
  };
  return connection;
}

type Reply<Data> = Pick<Answer<Data>, "result" | "endReason" | "issued">;

async function readReply<Data>(response: Response, isOfSession: boolean): Promise<Reply<Data>> {
  const { ok, status, headers } = response;
  const endReason = headers.get(endReasonHeader) as EndReason | null;
  // A page of a proxy or of a network that wants a login is not JSON. It says nothing of the session.
  const body = (await response.json().catch((error: unknown) => {
    if (ok && !(error instanceof SyntaxError)) throw error;
  })) as (Data & Partial<Problem> & { tokens?: TokenReply; session?: object }) | undefined;
  // Nor does what another program answers that stands in the server's place.
  const isOurs = body !== undefined && (!isOfSession || body === null || body.session !== undefined);
  if (ok && isOurs) {
    const issued = body?.tokens ?? null;
    delete body?.tokens;
    return { result: success(body as Data), endReason, issued };
  }
  const retryAfter = Number(headers.get("Retry-After")) || undefined;
  const message = body?.detail ?? `The server answered ${status}.`;
  const error: ClientError = { code: "unexpected_reply", retryAfter, ...body, message, status };
  return { result: failure(error), endReason: error.reason ?? endReason, issued: null };
}

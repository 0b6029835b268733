import { endReasonHeader } from "../contract/headers.ts";
import type { Problem, SignedInReply } from "../contract/types.ts";
import type { EndReason } from "../domain/session.ts";
import { type ClientError, failure, type Result, success } from "./result.ts";
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
  /** When it was asked and answered, in ms of this machine's clock. */
  readonly askedAt: number;
  readonly answeredAt: number;
  /** Why the session is over that was asked about, if the server says so. */
  readonly endReason: EndReason | null;
}

/** Calls Sojourn's routes, with whatever proves who is asking. */
export interface Connection extends ConnectionParts {
  /** Never rejects. Tokens in the answer are kept. */
  call<Data>(method: string, path: string, input?: object): Promise<Answer<Data>>;
  /** Sends one request as it is. @throws where nobody answers. */
  send(method: string, path: string, input?: object, signal?: AbortSignal): Promise<Response>;
  /** The header that proves who is asking, with header transport. */
  authorization(): Promise<{ readonly Authorization?: string }>;
}

const unreachable: ClientError = {
  code: "unreachable",
  status: 0,
  message: "The server cannot be reached. Try again in a moment.",
};
const longestWait = 15_000;
const csrfHeader = "X-CSRF-Token";

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
      signal: signal ?? AbortSignal.timeout(longestWait),
      headers: {
        ...(await authorization()),
        ...(input ? { "Content-Type": "application/json" } : {}),
        ...csrf,
      },
      ...(input ? { body: JSON.stringify(input) } : {}),
    });
  /** Where the server wants a token with each change, it hands one out. @returns whether there is a new one. */
  const learnCsrfToken = async (): Promise<boolean> => {
    const before = csrf[csrfHeader];
    const response = await send("GET", "/csrf-token");
    if (response.ok) csrf[csrfHeader] = ((await response.json()) as { readonly token: string }).token;
    return csrf[csrfHeader] !== before;
  };
  return {
    ...parts,
    send,
    authorization,
    async call<Data>(method: string, path: string, input?: object) {
      const askedAt = Date.now();
      let endReason: EndReason | null = null;
      const ask = async (): Promise<Result<Data>> => {
        const response = await send(method, path, input);
        endReason = response.headers.get(endReasonHeader) as EndReason | null;
        const body = (await response.json()) as Data & Partial<Problem> & Partial<SignedInReply>;
        if (!response.ok) {
          const { status } = response;
          if (body.code === "csrf_refused" && (await learnCsrfToken())) return ask();
          endReason = body.reason ?? endReason;
          const message = body.detail ?? `The server answered ${status}.`;
          // A proxy in between answers in its own words.
          return failure({ code: "unexpected_reply", ...body, message, status });
        }
        if (body?.tokens) await tokens?.keep(body.tokens);
        return success<Data>(body);
      };
      const result = await ask().catch(() => failure<Data>(unreachable));
      return { result, askedAt, answeredAt: Date.now(), endReason };
    },
  };
}

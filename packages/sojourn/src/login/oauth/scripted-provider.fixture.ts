import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import type { ProviderFetch } from "./provider-fetch.ts";

/** One call that arrived. */
export interface SeenCall {
  /** As the caller wrote it: `https://api.example/user`. */
  readonly url: string;
  readonly method: string;
  readonly authorization: string | null;
  readonly form: URLSearchParams;
}

/** What is answered: JSON, unless the body is a text. */
export interface ScriptedReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Script = ScriptedReply | ((call: SeenCall) => ScriptedReply | Promise<ScriptedReply>);

/** A server on this machine that plays others' servers, as far as a test says what they answer. */
export interface ScriptedProvider {
  /** Where it really is. */
  readonly origin: string;
  /** What is answered to calls, by URL without its query. */
  readonly script: Map<string, Script>;
  readonly seen: SeenCall[];
  /** Brings every call here, whatever host it is for. */
  readonly fetch: ProviderFetch;
  /** An ID token by the key that {@link ScriptedProvider.jwks} holds. */
  sign(claims: JWTPayload, header?: { readonly alg?: string; readonly kid?: string }): Promise<string>;
  readonly jwks: { readonly keys: readonly object[] };
  close(): Promise<void>;
}

/** Starts one on a free port. */
export async function scriptedProvider(): Promise<ScriptedProvider> {
  const script = new Map<string, Script>();
  const seen: SeenCall[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, script, seen);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "scripted", use: "sig" }] };
  return {
    origin,
    script,
    seen,
    jwks,
    fetch: (url, init) =>
      fetch(`${origin}${new URL(url).pathname}${new URL(url).search}`, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), "x-meant-for": url },
      }),
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "scripted", ...header }).sign(privateKey),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  script: ReadonlyMap<string, Script>,
  seen: SeenCall[],
): Promise<void> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  const meant = request.headers["x-meant-for"];
  const url = typeof meant === "string" ? meant : `http://${request.headers.host}${request.url}`;
  const call = {
    url,
    method: request.method ?? "",
    authorization: request.headers.authorization ?? null,
    form: new URLSearchParams(body),
  };
  seen.push(call);
  const found = script.get(url.split("?", 1)[0] ?? "") ?? { status: 404, body: "There is nothing here." };
  const reply = typeof found === "function" ? await found(call) : found;
  const isText = typeof reply.body === "string";
  response.writeHead(reply.status ?? 200, {
    "Content-Type": isText ? "text/html" : "application/json",
    ...reply.headers,
  });
  response.end(isText ? reply.body : JSON.stringify(reply.body));
}

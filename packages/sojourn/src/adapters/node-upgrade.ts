import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { MaybePromise } from "../domain/maybe-promise.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { EndReason, Session } from "../domain/session.ts";
import type { HeaderSource } from "../http/request-headers.ts";
import type { Admission, LiveSession, ProtectOptions, RequestSource } from "../http/verbs.ts";

/** The code with which a WebSocket closes whose session is over; its reason is the end reason (RFC 6455 §7.4.2). */
export const sessionEndedCode = 4401;
/** Try again later (RFC 6455 §7.4.1, as registered). */
const tryAgainLater = 1013;

/** What {@link toUpgradeListener} needs of a WebSocket; those of `ws` have it. */
export interface ClosableSocket {
  close(code: number, reason: string): void;
  once(event: "close", listener: () => void): unknown;
  removeAllListeners(event: "message"): unknown;
}

/** What makes a WebSocket of an upgrade: the `WebSocketServer` of `ws`, with `noServer: true`. */
export interface SocketServer<Socket extends ClosableSocket> {
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    opened: (socket: Socket) => void,
  ): void;
}

/** What {@link toUpgradeListener} needs of Sojourn. */
export interface UpgradeAuth<User extends BaseUser, Extra extends object> {
  protect(request: RequestSource, options?: ProtectOptions): Promise<Admission<User, Extra>>;
  watch(session: Session, onEnd: (reason: EndReason) => void): Promise<() => void>;
  clientAddress(request: HeaderSource, peer: string | null): MaybePromise<string | null>;
}

/** Listens to the event `upgrade` of a server of `node:http`. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

/**
 * Opens WebSockets for who is signed in, and closes each when its session ends. Others get 401, another site's
 * page 403, and during an outage everybody 503, which ends no session and no open socket.
 *
 * @param opened what to do with a socket and the session that it is open for.
 * @param options what the session must be, as for `protect`.
 */
export function toUpgradeListener<User extends BaseUser, Extra extends object, Socket extends ClosableSocket>(
  auth: UpgradeAuth<User, Extra>,
  server: SocketServer<Socket>,
  opened: (socket: Socket, live: LiveSession<User, Extra>, request: IncomingMessage) => void,
  options: ProtectOptions = {},
): UpgradeListener {
  return async (request, socket, head) => {
    // Nobody else listens yet, and an error that nobody hears ends the process.
    socket.on("error", ignore);
    const { headers, method, url, socket: connection } = request;
    const ip = await auth.clientAddress(request, connection.remoteAddress ?? null);
    const source = { headers, method, url, socket: connection } as RequestSource;
    // The answer to an upgrade has no cookies that a server could add here.
    const admission = await auth.protect(source, { ip, ...options, renew: false });
    if (!admission.admitted) return refuse(socket, admission.response);
    // Who has left meanwhile wants no socket.
    if (socket.destroyed) return;
    socket.off("error", ignore);
    const { session, user } = admission;
    server.handleUpgrade(request, socket, head, (made) => {
      void closeAtEnd(auth, session, made);
      opened(made, { session, user }, request);
    });
  };
}

async function closeAtEnd(
  auth: Pick<UpgradeAuth<BaseUser, object>, "watch">,
  session: Session,
  socket: ClosableSocket,
): Promise<void> {
  let closed = false;
  let stop = (): void => {};
  socket.once("close", () => {
    closed = true;
    stop();
  });
  const close = (code: number, reason: string): void => {
    // A client that does not take part in closing could go on talking for as long as that is waited for.
    socket.removeAllListeners("message");
    socket.close(code, reason);
  };
  try {
    stop = await auth.watch(session, (reason) => close(sessionEndedCode, reason));
    if (closed) stop();
  } catch {
    // What nobody watches must not stay open.
    close(tryAgainLater, "try again later");
  }
}

async function refuse(socket: Duplex, response: Response): Promise<void> {
  const body = Buffer.from(await response.arrayBuffer());
  const headers = [...response.headers, ["Content-Length", String(body.length)], ["Connection", "close"]];
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ""}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
  ];
  // The other side may leave its half open for ever.
  socket.once("finish", () => socket.destroy());
  socket.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), body]));
}

function ignore(): void {}

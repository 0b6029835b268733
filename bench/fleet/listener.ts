import { pathToFileURL } from "node:url";
import { createAuth, type Store } from "sojourn";
import { baseURL, secret } from "../population.ts";
import { monotonic } from "./monotonic.ts";

/*
 * One node that hears of ended sessions, as a process. Its parent sends the cookies of the sessions to follow;
 * it answers `ready` when it follows them all, and then with the moment at which it learned of each end.
 */

/** What a listener is told. */
export interface ListenerOptions {
  /** A module whose `open(where)` makes the store. */
  readonly module: string;
  readonly where: string;
}

/** What a listener says. Moments are in ms of the machine's monotonic clock, which all processes share. */
export type ListenerMessage =
  | { readonly type: "ready" }
  | { readonly type: "heard"; readonly index: number; readonly at: number };

const options = JSON.parse(process.argv[2] ?? "{}") as ListenerOptions;
const opener = (await import(pathToFileURL(options.module).href)) as { open(where: string): Store };
const store = opener.open(options.where);
const auth = createAuth({
  secret,
  baseURL,
  store,
  users: { findById: (id: string) => ({ id }) },
  strategy: "hybrid",
});

process.on("message", (cookies: readonly string[]) => void follow(cookies));
process.once("disconnect", () => process.exit(0));

async function follow(cookies: readonly string[]): Promise<void> {
  const streams = await Promise.all(cookies.map(open));
  tell({ type: "ready" });
  streams.forEach((stream, index) => void hear(stream, index));
}

/** Opens the event stream of a session, as a page does. */
async function open(cookie: string): Promise<ReadableStreamDefaultReader<Uint8Array>> {
  const response = await auth.handler(new Request(`${baseURL}/auth/events`, { headers: { cookie } }));
  if (response.status !== 200 || response.body === null)
    throw new Error(`An event stream was answered ${response.status}.`);
  return response.body.getReader();
}

async function hear(stream: ReadableStreamDefaultReader<Uint8Array>, index: number): Promise<void> {
  const decoder = new TextDecoder();
  for (;;) {
    const { value, done } = await stream.read();
    if (done) throw new Error("An event stream ended without a word.");
    if (!decoder.decode(value).includes("event: ended")) continue;
    return tell({ type: "heard", index, at: monotonic() });
  }
}

function tell(message: ListenerMessage): void {
  process.send?.(message);
}

import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { type Auth, createAuth, type Store, type StoredUser } from "sojourn";
import { baseURL, cookieHeader, secret } from "../population.ts";
import type { ListenerMessage, ListenerOptions } from "./listener.ts";
import { monotonic } from "./monotonic.ts";

/** How a fleet is measured. */
export interface LagTarget extends ListenerOptions {
  /** As it is printed. */
  readonly name: string;
  /** The 99th percentile that a release must keep, in ms; null for the bound alone. */
  readonly p99: number | null;
}

/** How long it took from the call that ended a session until the other nodes knew, in ms. */
export interface Lag {
  readonly name: string;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly target: number | null;
}

const nodes = 3;
const revocations = 1000;
/** One end in so many ms: steady, as on a busy day, and not one burst. */
const pace = 10;
/** The bound that is promised by default, in ms. */
export const promisedLag = 2000;

/** Ends a thousand sessions, and measures when each of three other processes learns of each. */
export async function measureLag(target: LagTarget): Promise<Lag> {
  const opener = (await import(pathToFileURL(target.module).href)) as { open(where: string): Store };
  const store = opener.open(target.where);
  await store.migrate();
  const auth: Auth<StoredUser> = createAuth({
    secret,
    baseURL,
    store: store as Store<StoredUser>,
    users: { findById: (id: string) => ({ id }) as StoredUser },
    strategy: "hybrid",
  });
  const sids: string[] = [];
  const cookies: string[] = [];
  for (let index = 0; index < revocations; index += 1) {
    const issued = await auth.sessions.create({ userId: `user-${index % 100}`, method: "bench" });
    sids.push(issued.session.sid);
    cookies.push(cookieHeader(issued.cookies));
  }
  const listeners = Array.from({ length: nodes }, () => startListener(target));
  try {
    const began = new Map<number, number>();
    const lags: number[] = [];
    const heard = Promise.all(listeners.map((listener) => hearAll(listener, began, lags)));
    await Promise.all(listeners.map((listener) => follow(listener, cookies)));
    for (const [index, sid] of sids.entries()) {
      began.set(index, monotonic());
      await auth.sessions.revoke(sid);
      await pause(pace);
    }
    await heard;
    return summary(target, lags);
  } finally {
    for (const listener of listeners) listener.kill("SIGTERM");
    await auth.close();
    await store.close();
  }
}

function startListener({ module, where }: LagTarget): ChildProcess {
  return fork(join(import.meta.dirname, "listener.ts"), [JSON.stringify({ module, where })], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
}

function follow(listener: ChildProcess, cookies: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once("exit", () => reject(new Error("A node of the bench ended.")));
    listener.on("message", (message: ListenerMessage) => message.type === "ready" && resolve());
    listener.send(cookies);
  });
}

function hearAll(listener: ChildProcess, began: ReadonlyMap<number, number>, lags: number[]): Promise<void> {
  let heard = 0;
  return new Promise((resolve) => {
    listener.on("message", (message: ListenerMessage) => {
      if (message.type !== "heard") return;
      lags.push(message.at - (began.get(message.index) ?? Number.NaN));
      heard += 1;
      if (heard === revocations) resolve();
    });
  });
}

function summary({ name, p99: target }: LagTarget, lags: readonly number[]): Lag {
  const sorted = lags.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { name, p50: at(0.5), p99: at(0.99), max: at(1), target };
}

/** The measurements as a table, for people. */
export function lagTable(lags: readonly Lag[]): string {
  const width = Math.max(...lags.map(({ name }) => name.length), 24);
  const cell = (value: number): string =>
    (value >= 100 ? value.toFixed(0) : value.toPrecision(3)).padStart(10);
  return [
    `\nrevocation lag: ${revocations} sessions ended, ${nodes} other processes that learn of it; ms from the call to the news`,
    `  ${"".padEnd(width)} ${["p50", "p99", "max"].map((head) => head.padStart(10)).join(" ")}`,
    ...lags.map(
      ({ name, p50, p99, max }) => `  ${name.padEnd(width)} ${cell(p50)} ${cell(p99)} ${cell(max)}`,
    ),
  ].join("\n");
}

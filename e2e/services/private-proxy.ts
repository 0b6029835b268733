import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** A proxy of a test's own. */
export interface PrivateProxy {
  readonly origin: string;
  remove(): Promise<void>;
}

/** How a proxy is run. */
export interface ProxyProcess {
  readonly program: string;
  readonly args: readonly string[];
  /** Where it listens on this machine. */
  readonly port: number;
  /** All that is its own; it goes with the proxy. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What makes it leave. */
  readonly signal: NodeJS.Signals;
}

/** Runs a proxy, and waits until it listens. */
export async function runProxy({
  program,
  args,
  port,
  folder,
  env = {},
  signal,
}: ProxyProcess): Promise<PrivateProxy> {
  const child = spawn(program, args, { stdio: "ignore", env: { ...process.env, ...env } });
  await untilItListens(port, program, child);
  return {
    origin: `http://127.0.0.1:${port}`,
    async remove() {
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilItListens(port: number, program: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}.`);
    const socket = connect(port, "127.0.0.1");
    const listens = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (listens) return;
    await pause(20);
  }
}

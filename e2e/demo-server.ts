import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The three ways to prove a session; the page must work alike with each. */
export const strategies = ["stateful", "stateless", "hybrid"] as const;

/** One of {@link strategies}. */
export type Strategy = (typeof strategies)[number];

/** The demo as a process of its own, with a database of its own. */
export interface DemoServer {
  readonly url: string;
  /** Stops it as Ctrl+C does. @throws {Error} if it does not leave in peace. */
  stop(): Promise<void>;
  /** Starts it again: same port, same database, same secret. */
  start(): Promise<void>;
  /** Stops it and removes its files. */
  remove(): Promise<void>;
}

/** The demo's entry. */
export const program: string = join(import.meta.dirname, "../apps/demo/main.ts");

/**
 * Starts the demo on a free port.
 *
 * @param more further arguments of its command line.
 * @param env what its surroundings tell it besides.
 */
export async function startDemo(
  strategy: Strategy,
  more: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<DemoServer> {
  // The development secret is kept in the working directory, so that is a temporary one too.
  const folder = mkdtempSync(join(tmpdir(), "sojourn-e2e-"));
  const run = (port: string): Promise<{ process: ChildProcess; url: string }> =>
    launch(folder, ["--strategy", strategy, "--db", join(folder, "demo.db"), "--port", port, ...more], env);
  const first = await run("0").catch((error: unknown) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  let running: ChildProcess | null = first.process;

  const stop = async (): Promise<void> => {
    const child = running;
    if (child === null) return;
    running = null;
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number | null];
    if (code !== 0) throw new Error(`The demo ended with ${code}.`);
  };
  return {
    url: first.url,
    stop,
    async start() {
      running = (await run(new URL(first.url).port)).process;
    },
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function launch(
  cwd: string,
  args: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<{ process: ChildProcess; url: string }> {
  const env = { ...process.env, ...more };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    cwd,
    env,
  });
  let said = "";
  const url = new Promise<string>((resolve, reject) => {
    const hear = (text: Buffer): void => {
      said += text.toString();
      const found = /http:\/\/\S+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", () => reject(new Error(`The demo did not start. It said:\n${said}`)));
  });
  return { process: child, url: await url };
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An example that is running, with a database of its own. */
export interface ExampleServer {
  readonly url: string;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/** Starts an example by its one command on a free port. @param name its folder below `examples/`. */
export async function startExample(name: string): Promise<ExampleServer> {
  const files = mkdtempSync(join(tmpdir(), "sojourn-example-"));
  // A group of its own, so that what npm starts is stopped with it.
  const child = spawn("npm", ["--silent", "start"], {
    cwd: join(import.meta.dirname, "../examples", name),
    env: { ...process.env, PORT: "0", DATABASE: join(files, "app.db") },
    detached: true,
  });
  const stop = async (): Promise<void> => {
    await end(child);
    rmSync(files, { recursive: true, force: true });
  };
  try {
    return { url: await addressOf(child), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addressOf(child: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    const hear = (text: Buffer): void => {
      said += text.toString();
      const found = /http:\/\/(?:127\.0\.0\.1|localhost):\d+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", () => reject(new Error(`The example did not start. It said:\n${said}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  process.kill(-child.pid, "SIGTERM");
  await gone;
}

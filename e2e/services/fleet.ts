import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { NodeOptions } from "./node-process.ts";

/** Several nodes of one deployment, each a process of its own. */
export interface Fleet {
  /** Where the nodes listen now. One that was killed is left out until it is replaced. */
  readonly urls: readonly string[];
  /** Ends a node as a power cut does, and starts another in its place. */
  killAndReplace(index: number): Promise<void>;
  /** What nodes said of failures that nobody handled; must stay empty. */
  readonly crashes: readonly string[];
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, "node-process.ts");

/** Starts so many nodes. */
export async function startFleet(count: number, options: NodeOptions): Promise<Fleet> {
  const crashes: string[] = [];
  const start = (): Promise<RunningNode> => startNode(options, crashes);
  const nodes: (RunningNode | null)[] = await Promise.all(Array.from({ length: count }, start));
  return {
    get urls() {
      return nodes.flatMap((node) => (node === null ? [] : [node.url]));
    },
    async killAndReplace(index) {
      const node = nodes[index] ?? null;
      nodes[index] = null;
      if (node !== null) await end(node.process, "SIGKILL");
      nodes[index] = await start();
    },
    crashes,
    async stop() {
      await Promise.all(nodes.map(async (node) => node && end(node.process, "SIGTERM")));
    },
  };
}

interface RunningNode {
  readonly process: ChildProcess;
  readonly url: string;
}

async function startNode(options: NodeOptions, crashes: string[]): Promise<RunningNode> {
  const args = ["--disable-warning=ExperimentalWarning", program, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  child.on("exit", (code, signal) => {
    if (code !== 0 && signal !== "SIGKILL") crashes.push(`A node ended with ${code ?? signal}.\n${said}`);
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (text: Buffer) => {
      const found = /port (\d+)/.exec(text.toString())?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("exit", () => reject(new Error(`A node did not start.\n${said}`)));
  });
  return { process: child, url: `http://127.0.0.1:${port}` };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

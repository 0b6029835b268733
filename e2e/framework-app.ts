import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort } from "./services/free-port.ts";

/** An app of `examples/` that runs as its users would run it. */
export interface FrameworkApp {
  readonly origin: string;
  /** Stops it and removes its copy. */
  close(): Promise<void>;
}

const examples = join(import.meta.dirname, "../examples");
/** What an app makes by itself, and what is not for its copy: our compiler's settings point to the repository. */
const leftOut: ReadonlySet<string> = new Set([
  "node_modules",
  "build",
  "dist",
  ".copies",
  ".svelte-kit",
  ".react-router",
  ".tanstack",
  ".output",
  ".nuxt",
  ".sojourn",
  "tsconfig.json",
]);

/**
 * Builds and starts a copy of an example by its own `npm start`, with a database and a secret of its own.
 *
 * @param example its folder.
 * @param contract lays the files of its folder `contract` over it: the `auth` and the routes of the adapter contract.
 */
export async function startExample(example: string, { contract = false } = {}): Promise<FrameworkApp> {
  const source = join(examples, example);
  // Below the example, so that the copy finds the same packages.
  const folder = join(source, ".copies", contract ? "contract" : "example");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const isKept = (path: string): boolean => !leftOut.has(basename(path)) && !/\.db(?:-\w+)?$/.test(path);
  for (const entry of readdirSync(source).filter((name) => name !== "contract" && isKept(name)))
    cpSync(join(source, entry), join(folder, entry), { recursive: true, filter: isKept });
  if (contract)
    cpSync(join(source, "contract"), folder, {
      recursive: true,
      filter: (path) => basename(path) !== "tsconfig.json",
    });

  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const env = { ...process.env, HOST: "127.0.0.1", PORT: String(port), ORIGIN: origin };
  // The test runner's own settings are not for an app.
  for (const own of ["NODE_ENV", "VITEST", "NODE_OPTIONS"]) delete (env as NodeJS.ProcessEnv)[own];
  const child = spawn("npm", ["start"], { cwd: folder, env, detached: true, stdio: "pipe" });
  const close = async (): Promise<void> => {
    await stop(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answers(origin, child);
  } catch (error) {
    await close();
    throw error;
  }
  return { origin, close };
}

/** Waits until the app answers, at most two minutes. @throws {Error} with what it said, if it does not. */
async function answers(origin: string, child: ChildProcess): Promise<void> {
  let said = "";
  for (const output of [child.stdout, child.stderr])
    output?.on("data", (text: Buffer) => void (said += text.toString()));
  for (let tries = 0; tries < 1200; tries += 1) {
    if (child.exitCode !== null) break;
    const isUp = await fetch(origin, { redirect: "manual" }).then(
      () => true,
      () => false,
    );
    if (isUp) return;
    await wait(100);
  }
  throw new Error(`The app did not start. It said:\n${said}`);
}

/** npm starts the app in a process of its own, so the whole group goes. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const left = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await left;
}

/** The examples of frameworks that build their apps. Nuxt's is among them where its packages are installed. */
export function builtExamples(): readonly string[] {
  const names = ["sveltekit", "react-router", "tanstack-start"];
  // They are no part of the repository's: `npm install` in its folder brings them.
  if (existsSync(join(examples, "nuxt/node_modules"))) return [...names, "nuxt"];
  console.warn("Left out: the example for Nuxt, whose packages are not installed.");
  return names;
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import type { VerifiedState } from "sojourn/verify";
import type { EdgeSettings } from "./edge-worker.ts";
import { freePort } from "./services/free-port.ts";

/** A program at an edge, and who it says a request with these cookies is from. */
export interface Edge {
  ask(cookie: string, signal?: AbortSignal): Promise<VerifiedState>;
  stop(): Promise<void>;
}

/** A runtime that the program can be started in. */
export interface EdgeRuntime {
  readonly name: string;
  readonly isHere: boolean;
  start(settings: EdgeSettings): Promise<Edge>;
}

/** The sandbox that stands for the edge runtime of Next.js: no module of Node, and nothing global of it. */
const sandbox: EdgeRuntime = {
  name: "the edge runtime",
  isHere: true,
  async start(settings) {
    const vm = new EdgeVM();
    vm.evaluate(await bundle("", { format: "iife", globalName: "edge" }));
    const ask = vm.evaluate<(cookie: string) => Promise<VerifiedState>>(
      `(cookie) => edge.answer(new Request("https://edge.example/", { headers: { cookie } }), ${JSON.stringify(settings)})
        .then((response) => response.json())`,
    );
    // What comes from there has other prototypes than what is here.
    const here = async (cookie: string): Promise<VerifiedState> =>
      JSON.parse(JSON.stringify(await ask(cookie))) as VerifiedState;
    return { ask: here, stop: async () => undefined };
  },
};

/** Runtimes that serve by themselves, where this machine has them: in the path, or where a variable says. */
const served: readonly EdgeRuntime[] = [
  servedBy("Bun", "BUN", "bun", {
    code: (settings) =>
      `const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => answer(request, ${settings}) });
       console.log(server.port);`,
    args: (file) => [file],
  }),
  servedBy("Deno", "DENO", "deno", {
    code: (settings) =>
      `Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: ({ port }) => console.log(port) }, (request) => answer(request, ${settings}));`,
    args: (file) => ["run", "--allow-net=127.0.0.1", file],
  }),
  servedBy("workerd", "WORKERD", "workerd", {
    code: (settings) =>
      `export default { fetch: (request, env, context) => answer(request, ${settings}, (work) => context.waitUntil(work)) };`,
    args: (file, port) => ["serve", workerdConfig(file, port)],
    port: freePort,
  }),
];

/** Every runtime there is a test for. */
export const runtimes: readonly EdgeRuntime[] = [sandbox, ...served];

interface Served {
  /** What serves the bundled program. @param settings as JSON. */
  readonly code: (settings: string) => string;
  readonly args: (file: string, port: number) => string[];
  /** Where the runtime does not choose one itself and say which. */
  readonly port?: () => Promise<number>;
}

function servedBy(
  name: string,
  variable: string,
  command: string,
  { code, args, port }: Served,
): EdgeRuntime {
  const program = process.env[variable] ?? command;
  return {
    name,
    isHere: spawnSync(program, ["--version"]).status === 0,
    async start(settings) {
      const folder = mkdtempSync(join(tmpdir(), "sojourn-edge-"));
      const file = join(folder, "worker.mjs");
      writeFileSync(file, await bundle(code(JSON.stringify(settings)), { format: "esm" }));
      const chosen = (await port?.()) ?? 0;
      const child = spawn(program, args(file, chosen), { stdio: ["ignore", "pipe", "inherit"] });
      const url = `http://127.0.0.1:${chosen === 0 ? await firstLine(child) : chosen}/`;
      await answering(url);
      return {
        async ask(cookie, signal) {
          const reply = await fetch(url, { headers: { cookie }, ...(signal !== undefined && { signal }) });
          return (await reply.json()) as VerifiedState;
        },
        async stop() {
          child.kill();
          if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  };
}

/** The program in one file, for a platform that has nothing but what the web has. */
async function bundle(
  serving: string,
  options: { format: "esm" | "iife"; globalName?: string },
): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { answer } from "./edge-worker.ts"; import { answer } from "./edge-worker.ts"; ${serving}`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    platform: "browser",
    target: "es2022",
    ...options,
  });
  return outputFiles[0]?.text ?? "";
}

function workerdConfig(file: string, port: number): string {
  const config = file.replace(/\.mjs$/, ".capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "internet", network = (allow = ["private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.mjs")],
  compatibilityDate = "2024-09-23",
);
`,
  );
  return config;
}

async function firstLine({ stdout }: ChildProcess): Promise<number> {
  const [line] = (await once(stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  return Number.parseInt(line.toString(), 10);
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const reply = await fetch(url).catch(() => null);
    if (reply?.ok === true) return;
    if (tries === 100) throw new Error("The edge does not answer.");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

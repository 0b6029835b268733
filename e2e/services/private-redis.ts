import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port.ts";

/** A Redis server of a test's own, to be stopped, frozen and killed at will. */
export interface PrivateRedis {
  readonly port: number;
  /** Stops it as an operator does, and starts it again. */
  restart(): Promise<void>;
  /** Ends it as a power cut does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** It stands still: connections stay open, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** One command, by redis-cli. */
  run(...command: readonly string[]): string;
  remove(): Promise<void>;
}

/** The server's program. @returns null where there is none. */
export function findRedis(): string | null {
  const { status } = spawnSync("redis-server", ["--version"]);
  return status === 0 ? "redis-server" : null;
}

/** Starts a server whose data outlives it: each write is on disk before it is answered. */
export async function startRedis(settings: readonly string[] = []): Promise<PrivateRedis> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "sojourn-redis-"));
  const args = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--appendonly",
    "yes",
  ];
  let child: ChildProcess | null = null;
  const run = (...command: readonly string[]): string =>
    spawnSync("redis-cli", ["-p", String(port), ...command], {
      encoding: "utf8",
      timeout: 5000,
    }).stdout.trim();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  };
  const start = async (): Promise<void> => {
    child = spawn("redis-server", [...args, "--appendfsync", "always", ...settings], { stdio: "ignore" });
    while (run("PING") !== "PONG") await pause(20);
  };
  await start();
  return {
    port,
    start,
    run,
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGTERM");
      await start();
    },
    freeze: () => void child?.kill("SIGSTOP"),
    thaw: () => void child?.kill("SIGCONT"),
    async remove() {
      child?.kill("SIGCONT");
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Three masters with a replica each. */
export interface PrivateCluster {
  /** One of its servers, for clients to find the others by. */
  readonly port: number;
  /** Kills one of the masters, and waits until its replica has taken its place. */
  killMaster(): Promise<void>;
  remove(): Promise<void>;
}

/** Starts a Cluster in which a master that is gone for a second is replaced. */
export async function startCluster(): Promise<PrivateCluster> {
  const settings = [
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    "1000",
    "--repl-diskless-sync-delay",
    "0",
  ];
  const servers = await Promise.all(Array.from({ length: 6 }, () => startRedis(settings)));
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
  const made = spawnSync(
    "redis-cli",
    ["--cluster", "create", ...addresses, "--cluster-replicas", "1", "--cluster-yes"],
    {
      encoding: "utf8",
      timeout: 60_000,
    },
  );
  if (made.status !== 0) throw new Error(`The Cluster was not made.\n${made.stdout}${made.stderr}`);
  // Without its replica in step a master is replaced by nobody.
  while (!servers.every((server) => isInStep(server))) await pause(100);
  return {
    port: servers.at(-1)?.port ?? 0,
    async killMaster() {
      const victim = servers.find((server) => server.run("ROLE").startsWith("master"));
      await victim?.kill();
      const others = servers.filter((server) => server !== victim);
      const count = (): number => others.filter((server) => server.run("ROLE").startsWith("master")).length;
      while (count() < 3) await pause(50);
      while (!others.every((server) => server.run("CLUSTER", "INFO").includes("cluster_state:ok")))
        await pause(50);
    },
    async remove() {
      await Promise.all(servers.map((server) => server.remove()));
    },
  };
}

function isInStep(server: PrivateRedis): boolean {
  if (!server.run("CLUSTER", "INFO").includes("cluster_state:ok")) return false;
  const facts = server.run("INFO", "replication");
  return facts.includes("role:master")
    ? facts.includes("state=online")
    : facts.includes("master_link_status:up");
}

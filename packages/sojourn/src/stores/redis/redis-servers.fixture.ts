import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { serviceTest } from "../service-test.fixture.ts";
import type { RedisClient } from "./index.ts";

/** The server that tests share: each works under a prefix of its own, and none ever flushes it. */
export const shared = { host: "127.0.0.1", port: 6379 } as const;

/** Whether the shared server is there. */
export function sharedServerIsThere(): Promise<boolean> {
  return serviceTest("Redis on port 6379", async () => {
    const client = new Redis({ ...shared, lazyConnect: true, retryStrategy: () => null });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  });
}

/** Whether there is a redis-server to start. */
export function canStartServers(): Promise<boolean> {
  return serviceTest("the program redis-server", () => promisify(execFile)("redis-server", ["--version"]));
}

/** A prefix that no other test has. */
export function newPrefix(): string {
  return `sojourn-test-${randomBytes(8).toString("hex")}`;
}

/** Removes from the shared server what tests left there. */
export async function removeKeys(prefixes: readonly string[]): Promise<void> {
  const client = new Redis(shared);
  for await (const found of client.scanStream({ match: "sojourn-test-*", count: 1000 })) {
    const keys = (found as string[]).filter((key) => prefixes.some((prefix) => key.startsWith(`${prefix}:`)));
    if (keys.length > 0) await client.unlink(keys);
  }
  client.disconnect();
}

/** A redis-server of a test's own. */
export interface PrivateServer {
  readonly port: number;
  /** The process as it runs now. */
  process(): ChildProcess;
  /** Kills it as a crash would. What it held is lost. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Kills it and removes its files. */
  stop(): Promise<void>;
}

/** Starts a server that keeps nothing on disk. */
export async function startServer(settings: readonly string[] = []): Promise<PrivateServer> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "sojourn-redis-"));
  const base = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--appendonly",
    "no",
  ];
  const start = async (): Promise<ChildProcess> => {
    // A file of settings goes first.
    const file = settings.filter((setting) => setting.endsWith(".conf"));
    const others = settings.filter((setting) => !file.includes(setting));
    const started = spawn("redis-server", [...file, ...others, ...base], { stdio: "ignore" });
    await listening(port);
    return started;
  };
  let current = await start();
  const kill = async (): Promise<void> => {
    if (current.exitCode !== null || current.signalCode !== null) return;
    const gone = once(current, "exit");
    current.kill("SIGKILL");
    await gone;
  };
  return {
    port,
    process: () => current,
    kill,
    restart: async () => {
      current = await start();
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A master with a replica, and a Sentinel that makes the one the other when it is gone for half a second. */
export interface PrivateGroup {
  readonly name: string;
  readonly master: PrivateServer;
  readonly sentinel: PrivateServer;
  stop(): Promise<void>;
}

/** Starts a group, and waits until its Sentinel knows both servers. */
export async function startGroup(): Promise<PrivateGroup> {
  const name = "sojourn-test";
  const master = await startServer(["--repl-diskless-sync-delay", "0"]);
  const replica = await startServer(["--replicaof", "127.0.0.1", String(master.port)]);
  const folder = mkdtempSync(join(tmpdir(), "sojourn-sentinel-"));
  const file = join(folder, "sentinel.conf");
  writeFileSync(
    file,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds ${name} 500
sentinel failover-timeout ${name} 2000
`,
  );
  const sentinel = await startServer([file, "--sentinel"]);
  const client = new Redis(sentinel.port);
  const direct = new Redis(master.port);
  await until(async () => String(await client.call("sentinel", "replicas", name)).includes(",slave,"));
  await until(async () => (await direct.info("replication")).includes("state=online"));
  for (const each of [client, direct]) each.disconnect();
  const servers = [sentinel, replica, master];
  return {
    name,
    master,
    sentinel,
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Three masters that share all slots. */
export interface PrivateCluster {
  readonly servers: readonly PrivateServer[];
  stop(): Promise<void>;
}

/** Starts a Cluster, and waits until each of its servers knows it to be whole. */
export async function startCluster(): Promise<PrivateCluster> {
  const servers = await Promise.all(
    [0, 1, 2].map(() => startServer(["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"])),
  );
  const clients = servers.map(({ port }) => new Redis(port));
  const share = Math.ceil(16_384 / servers.length);
  for (const [at, client] of clients.entries()) {
    const last = Math.min((at + 1) * share, 16_384) - 1;
    await client.call("cluster", "addslotsrange", String(at * share), String(last));
    if (at > 0) await client.cluster("MEET", "127.0.0.1", servers[0]?.port ?? 0);
  }
  for (const client of clients) {
    await until(async () => {
      const facts = await client.cluster("INFO");
      return facts.includes("cluster_state:ok") && facts.includes("cluster_known_nodes:3");
    });
    client.disconnect();
  }
  return { servers, stop: async () => void (await Promise.all(servers.map((server) => server.stop()))) };
}

/** What a test does with a client of either kind. */
export interface TestClient {
  readonly client: RedisClient;
  close(): void;
}

/** Opens a client for one server. */
export type OpenClient = (port: number) => Promise<TestClient>;

/** Both kinds of clients for one server, by name. */
export const serverClients: Readonly<Record<string, OpenClient>> = {
  ioredis: async (port) => {
    const client = new Redis(port);
    client.on("error", () => undefined);
    return { client, close: () => client.disconnect() };
  },
  "node-redis": async (port) => {
    const client = createClient({ socket: { port, host: "127.0.0.1" } });
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};

/** Both kinds of clients for a Cluster, by name. */
export const clusterClients: Readonly<Record<string, OpenClient>> = {
  ioredis: async (port) => {
    const client = new Cluster([{ host: "127.0.0.1", port }]);
    client.on("error", () => undefined);
    return { client, close: () => client.disconnect() };
  },
  "node-redis": async (port) => {
    const client = createCluster({ rootNodes: [{ socket: { host: "127.0.0.1", port } }] });
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};

/** Waits until something holds. @throws Error after 15 s. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  const start = performance.now();
  while (!(await holds())) {
    if (performance.now() - start > 15_000) throw new Error(`Waited in vain: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function listening(port: number): Promise<void> {
  await until(
    () =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, "127.0.0.1");
        socket.once("connect", () => socket.write("PING\r\n"));
        socket.once("data", (answer) => {
          socket.destroy();
          resolve(answer.toString().startsWith("+PONG"));
        });
        socket.once("error", () => resolve(false));
      }),
  );
}

/** A port that is free, and whose bus port of a Cluster, 10,000 above it, there can be. */
async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    server.close();
    await once(server, "close");
    if (typeof address === "object" && address !== null && address.port <= 55_535) return address.port;
  }
}

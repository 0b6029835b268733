import { spawnSync } from "node:child_process";
import { chownSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A PostgreSQL server of a test's own, to be stopped and started at will. */
export interface PrivatePostgres {
  readonly url: string;
  /** Stops it as an operator does in a hurry: clients are cut off, nothing committed is lost. */
  stop(): void;
  /** Stops it as a power cut does. */
  crash(): void;
  start(): void;
  /** One statement, by psql. */
  run(sql: string): string;
  remove(): void;
}

/** Where Debian and others keep the server's programs. @returns null where there are none. */
export function findPostgres(): string | null {
  const named = process.env["POSTGRES_BIN"];
  if (named !== undefined) return named;
  return (
    globSync("/usr/lib/postgresql/*/bin/initdb")
      .toSorted()
      .at(-1)
      ?.replace(/\/initdb$/, "") ?? null
  );
}

/** Makes a new server in a temporary folder and starts it. */
export async function startPostgres(bin: string): Promise<PrivatePostgres> {
  return startServer(bin, (data) => [
    "initdb",
    ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"],
  ]);
}

/** Makes a copy of a server that follows it (streaming replication), and starts that. */
export async function startReplica(bin: string, primary: PrivatePostgres): Promise<PrivatePostgres> {
  return startServer(bin, (data) => [
    "pg_basebackup",
    ["-D", data, "-d", primary.url, "-R", "--no-sync", "-c", "fast"],
  ]);
}

async function startServer(
  bin: string,
  making: (data: string) => readonly [program: string, args: readonly string[]],
): Promise<PrivatePostgres> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-postgres-"));
  const port = await freePort();
  const owner = ownerOfServer();
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
  const run = (program: string, args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(join(bin, program), args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      ...owner,
      cwd: folder,
    });
    if (status !== 0) throw new Error(`${program} ended with ${status}.\n${stdout}${stderr}`);
    return stdout;
  };
  const data = join(folder, "data");
  run(...making(data));
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c max_connections=100`;
  const server: PrivatePostgres = {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    stop: () => void run("pg_ctl", ["-D", data, "-m", "fast", "-w", "stop"]),
    crash: () => void run("pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"]),
    // Its own output would keep the pipe open for as long as it runs.
    start: () => void run("pg_ctl", ["-D", data, "-o", settings, "-l", join(folder, "log"), "-w", "start"]),
    run: (sql) => run("psql", ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "-Atc", sql]).trim(),
    remove() {
      spawnSync(join(bin, "pg_ctl"), ["-D", data, "-m", "immediate", "-w", "stop"], {
        ...owner,
        cwd: folder,
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
  server.start();
  return server;
}

/** PostgreSQL refuses to run as root; where the tests do, it runs as the user that its package made. */
function ownerOfServer(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string): number =>
    Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout.trim());
  return { uid: id("-u"), gid: id("-g") };
}

/** A port that nobody listens on at this moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

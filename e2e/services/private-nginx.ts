import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port.ts";

/** An nginx of a test's own. */
export interface PrivateNginx {
  readonly origin: string;
  remove(): Promise<void>;
}

/** The server's program, which Debian keeps where only root looks. @returns null where there is none. */
export function findNginx(): string | null {
  return ["nginx", "/usr/sbin/nginx"].find((path) => spawnSync(path, ["-v"]).status === 0) ?? null;
}

/**
 * Starts nginx.
 *
 * @param program as {@link findNginx} finds it.
 * @param server what stands in the `server` block, besides the address; the cache is called `pages`.
 */
export async function startNginx(program: string, server: string): Promise<PrivateNginx> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "sojourn-nginx-"));
  const at = (name: string): string => join(folder, name);
  for (const name of ["cache", "temporary"]) mkdirSync(at(name));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${at("temporary")}/${kind};`)
    .join("\n");
  writeFileSync(
    at("nginx.conf"),
    `daemon off;
pid ${at("pid")};
error_log ${at("error.log")};
events { worker_connections 256; }
http {
  access_log off;
  ${temporary}
  proxy_cache_path ${at("cache")} keys_zone=pages:1m;
  server {
    listen 127.0.0.1:${port};
    ${server}
  }
}
`,
  );
  // Run by root it would hand its work to another user, who may not read this folder.
  const user = process.getuid?.() === 0 ? ["-g", "user root;"] : [];
  const child = spawn(program, ["-c", at("nginx.conf"), "-p", folder, "-e", at("error.log"), ...user], {
    stdio: "ignore",
  });
  await untilItListens(port, child);
  return {
    origin: `http://127.0.0.1:${port}`,
    async remove() {
      const exited = once(child, "exit");
      child.kill("SIGQUIT");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilItListens(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}.`);
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

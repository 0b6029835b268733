import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { type PrivateProxy, runProxy } from "./private-proxy.ts";

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
export async function startNginx(program: string, server: string): Promise<PrivateProxy> {
  const port = await freePort();
  return startNginxWith(program, port, `server { listen 127.0.0.1:${port};\n${server} }`);
}

/** The same with all that stands in the `http` block, which has to listen on `port`. */
export async function startNginxWith(program: string, port: number, http: string): Promise<PrivateProxy> {
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
  ${http}
}
`,
  );
  // Run by root it would hand its work to another user, who may not read this folder.
  const user = process.getuid?.() === 0 ? ["-g", "user root;"] : [];
  const args = ["-c", at("nginx.conf"), "-p", folder, "-e", at("error.log"), ...user];
  return runProxy({ program, args, port, folder, signal: "SIGQUIT" });
}

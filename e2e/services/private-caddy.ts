import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PrivateProxy, runProxy } from "./private-proxy.ts";

/** @returns the server's program, or null where there is none. */
export function findCaddy(): string | null {
  return spawnSync("caddy", ["version"]).status === 0 ? "caddy" : null;
}

/** Starts Caddy with a Caddyfile, which has to listen on `port`. */
export async function startCaddy(program: string, port: number, caddyfile: string): Promise<PrivateProxy> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-caddy-"));
  const file = join(folder, "Caddyfile");
  writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n${caddyfile}`);
  const args = ["run", "--config", file, "--adapter", "caddyfile"];
  const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  return runProxy({ program, args, port, folder, env, signal: "SIGTERM" });
}

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";

/* Builds and starts the app. The secret is made once, and kept where git does not look. */
if (!existsSync(".env.local"))
  writeFileSync(".env.local", `SESSION_SECRET=${randomBytes(32).toString("base64url")}\n`);

const steps = [
  ["npm", "run", "--silent", "--prefix", "../..", "build"],
  ["next", "build"],
  ["next", "start", "--hostname", "localhost", ...process.argv.slice(2)],
];
for (const [command = "", ...args] of steps) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1" };
  const { status } = spawnSync(command, args, { stdio: "inherit", env, shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}

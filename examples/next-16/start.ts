import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";

/* Builds and starts the app. Its secret is made once, and kept where git does not look. */
const wanted = Number(process.env["PORT"] ?? 3000);
const port = wanted === 0 ? await freePort() : wanted;
const secretFile = ".env.local";
if (!existsSync(secretFile))
  writeFileSync(secretFile, `SESSION_SECRET=${randomBytes(32).toString("base64url")}\n`);

const env = {
  ...process.env,
  APP_URL: process.env["APP_URL"] ?? `http://localhost:${port}`,
  NODE_ENV: "production" as const,
  NEXT_TELEMETRY_DISABLED: "1",
  // The lock file is npm's to write.
  NEXT_IGNORE_INCORRECT_LOCKFILE: "1",
};
for (const step of [["build"], ["start", "--hostname", "localhost", "--port", String(port)]]) {
  const { status } = spawnSync("next", step, { stdio: "inherit", env, shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}

/** The app must know its own address before it listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port: found } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return found;
}

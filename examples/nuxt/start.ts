import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";

/* Builds and serves. A deployment says where the app is reached, and has a secret that it keeps. */
const { HOST = "127.0.0.1", PORT = "3000" } = process.env;
const env = {
  ORIGIN: `http://${HOST}:${PORT}`,
  SESSION_SECRET: randomBytes(32).toString("base64url"),
  ...process.env,
  HOST,
  PORT,
};
for (const command of ["nuxt build", "node .output/server/index.mjs"]) {
  const { status } = spawnSync(command, { env, stdio: "inherit", shell: true });
  if (status !== 0) process.exit(status ?? 1);
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { freePort } from "./services/free-port.ts";

/** The form of secrets, and nothing that is one. */
const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";

/** A Next.js app that is running, with a database of its own. */
export interface NextApp {
  readonly url: string;
  /** How often sessions were rotated, all together. */
  rotations(): number;
  /** How many sessions are not over. */
  liveSessions(): number;
  /** Takes the sessions away while something is done. */
  without(body: () => Promise<void>): Promise<void>;
  /** Sends a request exactly as it is given. */
  send(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<RawAnswer>;
  stop(): Promise<void>;
}

/** An answer, with its headers as they came. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly cookies: readonly string[];
  readonly text: string;
}

/** Builds an app, as `next build` does. @param folder relative to the repository. */
export async function buildNext(folder: string): Promise<void> {
  const child = next(folder, ["build"], {});
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`next build in ${folder} ended with ${code}. It said:\n${said}`);
}

/**
 * Starts a built app.
 *
 * @param env what its surroundings tell it; `APP_URL` if it is not reached at its own address.
 */
export async function startNext(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  port?: number,
): Promise<NextApp> {
  const files = mkdtempSync(join(tmpdir(), "sojourn-next-"));
  const database = join(files, "app.db");
  const chosen = port ?? (await freePort());
  const url = `http://localhost:${chosen}`;
  const child = next(folder, ["start", "--hostname", "localhost", "--port", String(chosen)], {
    APP_URL: url,
    DATABASE: database,
    ...env,
  });
  await ready(child);
  const query = (sql: string): number => {
    const opened = new DatabaseSync(database);
    try {
      return Number(Object.values(opened.prepare(sql).get() ?? {})[0] ?? 0);
    } finally {
      opened.close();
    }
  };
  return {
    url,
    rotations: () => query("SELECT total(counter) FROM sojourn_session"),
    liveSessions: () => query("SELECT count(*) FROM sojourn_session WHERE ended_at IS NULL"),
    async without(body) {
      query("ALTER TABLE sojourn_session RENAME TO taken_away");
      try {
        await body();
      } finally {
        query("ALTER TABLE taken_away RENAME TO sojourn_session");
      }
    },
    send: (path, headers, method) => send(url, path, headers, method),
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      rmSync(files, { recursive: true, force: true });
    },
  };
}

/** Runs the `next` that the app itself has. */
function next(folder: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const cwd = join(import.meta.dirname, "..", folder);
  const program = createRequire(join(cwd, "package.json")).resolve("next/dist/bin/next");
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program, ...args], {
    cwd,
    env: {
      ...process.env,
      NODE_ENV: "production",
      SESSION_SECRET: secret,
      NEXT_TELEMETRY_DISABLED: "1",
      NEXT_IGNORE_INCORRECT_LOCKFILE: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function ready(child: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const hear = (text: Buffer): void => {
      said += text.toString();
      if (said.includes("Ready in")) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", () => reject(new Error(`The app did not start. It said:\n${said}`)));
  });
}

/** `fetch` would tidy the path and refuse some headers. */
export function send(
  origin: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, path, method, headers: { host, ...headers }, agent: false },
      (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            cookies: response.headers["set-cookie"] ?? [],
            text: Buffer.concat(pieces).toString("utf8"),
          }),
        );
      },
    );
    request.on("error", reject);
    request.end();
  });
}

/** A file that the build made for browsers. */
export function builtFile(folder: string): string {
  const manifest = join(import.meta.dirname, "..", folder, ".next/build-manifest.json");
  if (!existsSync(manifest)) throw new Error(`${folder} is not built.`);
  const { rootMainFiles } = JSON.parse(readFileSync(manifest, "utf8")) as {
    rootMainFiles: readonly string[];
  };
  return `/_next/${rootMainFiles[0]}`;
}

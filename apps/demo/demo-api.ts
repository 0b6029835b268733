import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { fileURLToPath } from "node:url";
import type { Auth, StoredUser } from "sojourn";
import { readSession } from "sojourn/node";
import type { DemoOptions } from "./arguments.ts";

/** What one of the app's own routes answers. */
export interface ApiReply {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What `GET /api/demo` tells the page. Times are in seconds. */
export interface DemoFacts {
  readonly strategy: DemoOptions["strategy"];
  readonly lifetimes: {
    readonly idleTimeout: number;
    readonly absoluteTimeout: number;
    /** Null where there is no access token. */
    readonly accessTokenTtl: number | null;
  };
  readonly versions: { readonly sojourn: string; readonly node: string };
  /** Where one can sign in besides, as its button says it; null for nowhere. */
  readonly provider: string | null;
}

/**
 * An app's own route that only signed-in users may call. This is all an app does to check a session;
 * the strategy makes no difference here.
 */
export async function hello(auth: Auth<StoredUser>, request: IncomingMessage): Promise<ApiReply> {
  const state = await readSession(auth, request);
  switch (state.status) {
    case "active":
      return { status: 200, body: { message: `Hello, ${state.user.name ?? state.user.email}!` } };
    case "unavailable":
      // Nobody was signed out: the client may ask again.
      return {
        status: 503,
        body: { message: "Try again in a moment." },
        headers: { "Retry-After": String(state.retryAfter) },
      };
    case "ended":
      return { status: 401, body: { message: "Your session is over.", reason: state.reason } };
    case "anonymous":
      return { status: 401, body: { message: "Sign in first." } };
  }
}

/** What the page shows of this server's settings. */
export function demoFacts(
  { strategy, idleTimeout, absoluteTimeout, accessTokenTtl }: DemoOptions,
  provider: string | null,
): ApiReply {
  const facts: DemoFacts = {
    strategy,
    lifetimes: {
      idleTimeout,
      absoluteTimeout,
      accessTokenTtl: strategy === "hybrid" ? accessTokenTtl : null,
    },
    provider,
    versions: { sojourn: libraryVersion, node: process.versions.node },
  };
  return { status: 200, body: facts };
}

const libraryVersion = readVersion();

function readVersion(): string {
  const path = fileURLToPath(import.meta.resolve("sojourn/package.json"));
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
  return version;
}

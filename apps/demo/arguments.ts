import { parseArgs } from "node:util";

/** The ways to prove a session; a visitor tries all three with the same page. */
const strategies = ["stateful", "stateless", "hybrid"] as const;

/** What the demo runs with. */
export interface DemoOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly strategy: (typeof strategies)[number];
  /** The SQLite file of accounts and sessions. */
  readonly db: string;
  /** Seconds. */
  readonly idleTimeout: number;
  /** Seconds. */
  readonly absoluteTimeout: number;
  /** Seconds; hybrid only. Short, so that a visitor sees a renewal. */
  readonly accessTokenTtl: number;
  /** Seconds that a proof of who is there is good for signing out other devices. */
  readonly freshToEnd: number;
}

/** What the command line asks for. */
export type Command =
  | { readonly kind: "run"; readonly options: DemoOptions }
  | { readonly kind: "help" }
  /** One line that says what is wrong. */
  | { readonly kind: "wrong"; readonly message: string };

/** What `--help` and a wrong argument print. */
export const usage: string = `Usage: npm start -- [options]

  --strategy <name>         stateful (default), stateless or hybrid
  --port <number>           where to listen; 7654 by default, 0 for any free port
  --host <address>          a loopback address; 127.0.0.1 by default
  --allow-network           accept another --host: passwords then cross your network unencrypted
  --db <path>               the SQLite file; ./sojourn-demo.db by default
  --idle-timeout <s>        seconds without activity until a session ends; 604800 (7 days) by default
  --absolute-timeout <s>    seconds until a session ends in any case; 2592000 (30 days) by default
  --access-token-ttl <s>    hybrid: seconds an access token lives; 60 by default
  --fresh-to-end <s>        seconds after which signing out others asks for the password; 3600 by default
  --help                    this text`;

const flags = {
  strategy: { type: "string", default: "stateful" },
  port: { type: "string", default: "7654" },
  host: { type: "string", default: "127.0.0.1" },
  "allow-network": { type: "boolean", default: false },
  db: { type: "string", default: "./sojourn-demo.db" },
  "idle-timeout": { type: "string", default: "604800" },
  "absolute-timeout": { type: "string", default: "2592000" },
  "access-token-ttl": { type: "string", default: "60" },
  "fresh-to-end": { type: "string", default: "3600" },
  help: { type: "boolean", short: "h", default: false },
} as const;

class WrongArgument extends Error {}

/** Reads the command line, without the program's own name. */
export function readCommand(argv: readonly string[]): Command {
  try {
    const { values } = parseArgs({ args: [...argv], options: flags, strict: true, allowPositionals: false });
    return values.help ? { kind: "help" } : { kind: "run", options: readOptions(values) };
  } catch (error) {
    if (!(error instanceof WrongArgument) && !isParseArgsError(error)) throw error;
    // parseArgs adds a paragraph on "--"; its first sentence says it all.
    return { kind: "wrong", message: error.message.split(/\. |\n/, 1)[0]?.replace(/\.?$/, ".") ?? "" };
  }
}

type Values = { readonly [Name in Exclude<keyof typeof flags, "help" | "allow-network">]: string } & {
  readonly "allow-network": boolean;
};

function readOptions(values: Values): DemoOptions {
  const { strategy, host } = values;
  const known = strategies.find((name) => name === strategy);
  if (known === undefined)
    throw new WrongArgument(`--strategy must be ${strategies.join(", ")}, but is "${strategy}"`);
  if (!values["allow-network"] && !isLoopback(host)) {
    throw new WrongArgument(`--host ${host} is not a loopback address; add --allow-network if you mean it`);
  }
  if (values.db === "") throw new WrongArgument("--db must be a path");
  const idleTimeout = wholeNumber("idle-timeout", values["idle-timeout"], 2, 400 * 86_400);
  const absoluteTimeout = wholeNumber("absolute-timeout", values["absolute-timeout"], 3, 400 * 86_400);
  if (idleTimeout > absoluteTimeout)
    throw new WrongArgument("--idle-timeout must not be longer than --absolute-timeout");
  return {
    host,
    strategy: known,
    db: values.db,
    port: wholeNumber("port", values.port, 0, 65_535),
    idleTimeout,
    absoluteTimeout,
    accessTokenTtl: wholeNumber("access-token-ttl", values["access-token-ttl"], 3, absoluteTimeout),
    freshToEnd: wholeNumber("fresh-to-end", values["fresh-to-end"], 1, 400 * 86_400),
  };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new WrongArgument(`--${name} must be a whole number from ${least} to ${most}, but is "${text}"`);
}

/** What only this machine reaches (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

function isParseArgsError(error: unknown): error is Error {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

import type { AddressInfo } from "node:net";
import { isSojournError, type SojournError } from "sojourn";
import { type DemoOptions, readCommand, usage } from "./arguments.ts";
import { providerFrom } from "./provider.ts";
import { createDemo, type Demo } from "./server.ts";

const command = readCommand(process.argv.slice(2));
if (command.kind === "help") console.log(usage);
else if (command.kind === "wrong") stop(2, `${command.message}\n\n${usage}`);
else await run(command.options);

async function run(options: DemoOptions): Promise<void> {
  const { port, host } = options;
  const demo = await createDemo(options, providerFrom(process.env)).catch((error: unknown) => {
    if (!isSojournError(error)) throw error;
    stop(1, startFault(error, options));
  });
  demo.server.once("error", (error: NodeJS.ErrnoException) => stop(1, listenFault(error, options)));
  demo.server.listen(port, host, () => {
    console.log(welcome(demo, options));
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void leave(demo));
  });
}

/** A second Ctrl+C ends the process at once, since the listener is gone by then. */
async function leave(demo: Demo): Promise<void> {
  console.log("\nStopping. Sessions stay in the database.");
  await demo.close();
}

function welcome({ server }: Demo, { host, strategy, db }: DemoOptions): string {
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  return `
  Sojourn demo   http://${name}:${port}
  strategy       ${strategy}${strategy === "stateful" ? "   (try --strategy hybrid, or stateless)" : ""}
  database       ${db}

  Ctrl+C stops it.
`;
}

function startFault(error: SojournError, { db }: DemoOptions): string {
  if (error.code !== "store_unavailable") return error.message;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `The database ${db} cannot be used${cause}. Choose another one: npm start -- --db <path>`;
}

function listenFault(error: NodeJS.ErrnoException, { port, host }: DemoOptions): string {
  switch (error.code) {
    case "EADDRINUSE":
      return `Port ${port} is in use. Stop what runs there, or let the demo find a free port: npm start -- --port 0`;
    case "EACCES":
      return `Port ${port} needs more rights than you have. Choose one above 1023: npm start -- --port 7654`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine. Leave out --host to use 127.0.0.1.`;
    default:
      return `The server cannot listen on ${host}, port ${port}: ${error.message}`;
  }
}

function stop(code: number, message: string): never {
  console.error(message);
  process.exit(code);
}

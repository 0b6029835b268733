import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "./report.ts";

/*
 * `npm run bench:frameworks`: how much processor time a server spends on a request whose session is read, beside one whose session is
 * not, in each framework. The server is a process of its own, so that its client is not counted.
 *   --rounds <n>   default 9
 *   --gate         fail when a target is missed
 */
const { values } = parseArgs({
  options: { rounds: { type: "string", default: "9" }, gate: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds wants a whole number of at least 1.");

const requestsPerRound = 4000;
const connections = 16;
/** The most that a token which was seen before may cost, times a bare request. */
const targets: Readonly<Record<string, number>> = { node: 1.3, express: 1.3, fastify: 1.3, hono: 1.6 };

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
  readonly cookies: readonly string[];
}

async function startServer(framework: string, strategy: string): Promise<Server> {
  const secret = randomBytes(32).toString("base64url");
  const child = fork(join(import.meta.dirname, "frameworks/server.ts"), [framework, strategy, secret], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const [{ port, cookies }] = (await once(child, "message")) as [Omit<Server, "child">];
  return { child, port, cookies };
}

async function usedBy(child: ChildProcess): Promise<number> {
  child.send("cpu");
  const [{ micros }] = (await once(child, "message")) as [{ micros: number }];
  return micros;
}

/** Sends requests over connections that stay, each as soon as the one before is answered. @returns µs of processor time for each. */
async function load({ child, port, cookies }: Server, path: string, requests: number): Promise<number> {
  const before = await usedBy(child);
  const each = requests / connections;
  await Promise.all(
    Array.from({ length: connections }, (_, index) => converse(port, path, cookies, index, each)),
  );
  return ((await usedBy(child)) - before) / requests;
}

async function converse(
  port: number,
  path: string,
  cookies: readonly string[],
  first: number,
  times: number,
): Promise<void> {
  const socket = connect(port, "127.0.0.1").setNoDelay(true);
  for (let time = 0; time < times; time += 1) {
    const cookie = cookies[(first + time * connections) % cookies.length] ?? "";
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: theme=dark; ${cookie}\r\n\r\n`);
    const answer = await nextAnswer(socket);
    const wanted = path === "/bare" ? '"bare"' : '"active"';
    if (!answer.includes(wanted)) throw new Error(`${path} answered:\n${answer}`);
  }
  socket.destroy();
}

async function nextAnswer(socket: Socket): Promise<string> {
  let text = "";
  while (!text.endsWith("}")) text += String((await once(socket, "data"))[0]);
  return text;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

console.log(
  `Node ${process.version}, ${describeMachine()}; ${rounds} rounds of ${requestsPerRound} requests.`,
);
console.log(
  "µs of the server's processor time for a request; x: times a bare one, the median of the rounds.\n",
);
let missed = false;
for (const [framework, target] of Object.entries(targets))
  for (const strategy of ["hybrid", "sqlite"]) {
    const server = await startServer(framework, strategy);
    const bare: number[] = [];
    const checked: number[] = [];
    for (const path of ["/bare", "/session"]) await load(server, path, requestsPerRound);
    for (let round = 0; round < rounds; round += 1) {
      bare.push(await load(server, "/bare", requestsPerRound));
      checked.push(await load(server, "/session", requestsPerRound));
    }
    server.child.disconnect();
    const times = median(checked.map((one, round) => one / (bare[round] ?? Number.NaN)));
    const judged = strategy === "hybrid";
    missed ||= judged && times > target;
    const what = judged ? "a token seen before" : "a session in SQLite";
    const says = judged ? ` (${times <= target ? "met" : "MISSED"}: at most ${target}x)` : "";
    console.log(
      `${framework.padEnd(8)} ${what.padEnd(20)} ${median(bare).toFixed(1).padStart(6)} -> ${median(checked).toFixed(1).padStart(6)} µs  ${times.toFixed(2)}x${says}`,
    );
  }
if (values.gate && missed) process.exitCode = 1;

import { setTimeout as pause } from "node:timers/promises";
import type { Fleet } from "./fleet.ts";

/** What one request of a client came to. */
type Outcome = "active" | "signed-out" | "unavailable" | "unreachable";

/** What all clients of a run lived through. */
export interface Report {
  /** Requests of people who never signed out, by outcome. `signed-out` must be 0. */
  readonly honest: Record<Outcome, number>;
  /** Refreshes that were answered with new tokens. */
  refreshes: number;
  /** Sessions that were ended, with the answer that they are. */
  ended: number;
  /** The longest that a session was still taken for alive after its end was acknowledged, in ms. */
  lag: number;
  /** From the end of the disturbance to the first time that all clients were served, in ms. */
  recovery: number;
}

/** How long one request may take before its client gives up on it, in ms. */
const patience = 8000;

/** A browser, as far as sessions go. */
class Client {
  readonly #fleet: Fleet;
  readonly jar = new Map<string, string>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Signs in as somebody, however often that takes. */
  async signIn(userId: string): Promise<void> {
    for (;;) {
      const reply = await this.#send("POST", `/sign-in?user=${userId}`);
      if (reply?.status === 200) return;
      await pause(100);
    }
  }

  /** Asks some node who is here. */
  async look(url = this.#anyNode()): Promise<Outcome> {
    const reply = await this.#send("GET", "/auth/session", url);
    if (reply === null) return "unreachable";
    if (reply.status === 503) return "unavailable";
    return reply.status === 200 && reply.body !== "null" ? "active" : "signed-out";
  }

  /** Renews the tokens at some node. Whoever gets no answer keeps what it has. */
  async refresh(): Promise<Outcome> {
    const reply = await this.#send("POST", "/auth/refresh");
    if (reply === null) return "unreachable";
    if (reply.status === 503) return "unavailable";
    return reply.status === 200 ? "active" : "signed-out";
  }

  /** Signs out, however often that takes, but keeps the cookies as a thief would. */
  async signOut(): Promise<void> {
    const kept = new Map(this.jar);
    for (;;) {
      const reply = await this.#send("POST", "/auth/sign-out");
      for (const [name, value] of kept) this.jar.set(name, value);
      if (reply?.status === 200) return;
      await pause(50);
    }
  }

  #anyNode(): string {
    const { urls } = this.#fleet;
    return urls[Math.floor(Math.random() * urls.length)] ?? "http://127.0.0.1:1";
  }

  async #send(
    method: "GET" | "POST",
    path: string,
    url = this.#anyNode(),
  ): Promise<{ readonly status: number; readonly body: string } | null> {
    const cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    try {
      const response = await fetch(url + path, {
        method,
        signal: AbortSignal.timeout(patience),
        headers: { cookie, "sec-fetch-site": "same-origin", "content-type": "application/json" },
        ...(method === "POST" && { body: "{}" }),
      });
      const body = await response.text();
      for (const line of response.headers.getSetCookie()) this.#take(line);
      return { status: response.status, body };
    } catch {
      return null;
    }
  }

  #take(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const name = pair.slice(0, pair.indexOf("="));
    if (attributes.includes("Max-Age=0")) this.jar.delete(name);
    else this.jar.set(name, pair.slice(name.length + 1));
  }
}

/** How many people are signed in for the whole run, and how many come and go meanwhile. */
const people = 24;
const visitors = 4;

/**
 * Lets people use the fleet while `disturb` disturbs it: some stay signed in, and refresh as browsers do; others
 * sign in and out, and try afterwards what an old copy of their cookies is good for.
 */
export async function useThrough(fleet: Fleet, disturb: () => Promise<void>): Promise<Report> {
  const report: Report = {
    honest: { active: 0, "signed-out": 0, unavailable: 0, unreachable: 0 },
    refreshes: 0,
    ended: 0,
    lag: 0,
    recovery: 0,
  };
  const honest = Array.from({ length: people }, () => new Client(fleet));
  await Promise.all(honest.map((client, at) => client.signIn(`person-${at}`)));

  const goesOn = { yes: true };
  const ghosts: Client[] = [];
  const lives = [
    ...honest.map((client) => stay(client, report, goesOn)),
    ...Array.from({ length: visitors }, (_, at) => comeAndGo(fleet, at, report, ghosts, goesOn)),
  ];
  await pause(1000);
  await disturb();
  const disturbedUntil = performance.now();
  await settled(honest, report);
  report.recovery = Math.round(performance.now() - disturbedUntil);
  await pause(1000);
  goesOn.yes = false;
  await Promise.all(lives);
  await judge(fleet, honest, ghosts, report);
  return report;
}

async function stay(client: Client, report: Report, goesOn: { readonly yes: boolean }): Promise<void> {
  for (let step = 0; goesOn.yes; step += 1) {
    const outcome = step % 3 === 2 ? await client.refresh() : await client.look();
    report.honest[outcome] += 1;
    if (step % 3 === 2 && outcome === "active") report.refreshes += 1;
    await pause(20 + Math.random() * 60);
  }
}

async function comeAndGo(
  fleet: Fleet,
  at: number,
  report: Report,
  ghosts: Client[],
  goesOn: { readonly yes: boolean },
): Promise<void> {
  for (let round = 0; goesOn.yes; round += 1) {
    const client = new Client(fleet);
    await client.signIn(`visitor-${at}-${round}`);
    await client.look();
    await client.signOut();
    const endedAt = performance.now();
    report.ended += 1;
    ghosts.push(client);
    // For as long as the promised bound, and a little more, at every node.
    while (goesOn.yes && performance.now() - endedAt < 2500) {
      for (const url of fleet.urls) {
        const askedAt = performance.now();
        if ((await client.look(url)) === "active") report.lag = Math.max(report.lag, askedAt - endedAt);
      }
      await pause(20);
    }
  }
}

/** Waits until every honest client is served again. */
async function settled(honest: readonly Client[], report: Report): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (const client of honest) {
    for (;;) {
      const outcome = await client.look();
      if (outcome === "active") break;
      if (outcome === "signed-out") {
        report.honest["signed-out"] += 1;
        return;
      }
      if (performance.now() > deadline) throw new Error("The fleet did not recover within a minute.");
      await pause(50);
    }
  }
}

/** At the end nobody who is signed out may be let in anywhere, and everybody else must be. */
async function judge(
  fleet: Fleet,
  honest: readonly Client[],
  ghosts: readonly Client[],
  report: Report,
): Promise<void> {
  await pause(2500);
  for (const url of fleet.urls) {
    for (const client of honest) {
      const outcome = await client.look(url);
      report.honest[outcome] += 1;
      if (outcome !== "active") throw new Error(`In the end an honest client is ${outcome} at ${url}.`);
    }
    for (const ghost of ghosts)
      if ((await ghost.look(url)) === "active") report.lag = Number.POSITIVE_INFINITY;
  }
}

/** The report in one line, for the test's output. */
export function lineOf(what: string, { honest, refreshes, ended, lag, recovery }: Report): string {
  return (
    `${what}: ${honest.active} requests served, ${honest.unavailable} answered 503, ${honest.unreachable} not answered, ` +
    `${honest["signed-out"]} false sign-outs; ${refreshes} refreshes; ${ended} sessions ended, each dead within ` +
    `${Math.round(lag)} ms; served again ${recovery} ms after.`
  );
}

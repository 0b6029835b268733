import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Auth } from "../auth.ts";
import type { StrategyName } from "../auth-options.ts";
import type { Store } from "../ports/session-store.ts";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import { Browser, createWorld, type World } from "./world.fixture.ts";

const second = 1000;
const minute = 60 * second;
const session = {
  idleTimeout: "1h",
  absoluteTimeout: "4h",
  touchInterval: "1m",
  accessTokenTtl: "5m",
  rotationGrace: "10s",
} as const;
const idle = 60 * minute;
const absolute = 240 * minute;
/** Between these a session may or may not be alive: last-seen times are written at most once a minute, a moment later. */
const slack = minute + 2 * second;

/** How many command sequences run in all, over both stores and three strategies: all of them in CI, a sample elsewhere. */
const sequences = Number(process.env["SOJOURN_SEQUENCES"] ?? (process.env["CI"] ? 10_200 : 1_200));

interface Client {
  readonly browser: Browser;
  readonly sid: string;
  readonly startedAt: number;
  /** When its user was last seen, at the earliest and at the latest the server may think. */
  seenAtLeast: number;
  seenAtMost: number;
  over: boolean;
  /** A thief has gone on with its credentials: it may be signed out, and its session live on without it. */
  robbed: boolean;
  /** Refresh tokens it once held, oldest first; what a thief may have copied. */
  readonly past: string[];
}

interface Model {
  readonly clients: Client[];
}

/** Somebody who holds credentials of a session: a thief, or what a client held when its session ended. */
interface Holder {
  readonly browser: Browser;
  readonly sid: string;
}

interface Real {
  readonly world: World;
  readonly strategy: StrategyName;
  auth: Auth;
  /** Every refresh token ever handed out, by session and counter. */
  readonly lineages: Map<string, string>;
  readonly holders: Holder[];
  /** Sessions that were ended by an act. */
  readonly ended: Set<string>;
}

class Step implements fc.AsyncCommand<Model, Real> {
  readonly #text: string;
  readonly #run: (model: Model, real: Real) => Promise<void>;
  constructor(text: string, run: (model: Model, real: Real) => Promise<void>) {
    this.#text = text;
    this.#run = run;
  }
  check(): boolean {
    return true;
  }
  async run(model: Model, real: Real): Promise<void> {
    await this.#run(model, real);
    await checkAll(model, real);
  }
  toString(): string {
    return this.#text;
  }
}

/** The command on one of the clients there are; without any it does nothing. */
function onClient(
  text: string,
  pick: number,
  run: (client: Client, real: Real, model: Model) => Promise<void>,
): Step {
  return new Step(`${text}(${pick})`, async (model, real) => {
    const client = model.clients[pick % Math.max(1, model.clients.length)];
    if (client) await run(client, real, model);
  });
}

const pick = fc.nat(3);
const commands: fc.Arbitrary<Step>[] = [
  fc.constant(
    new Step("signIn", async (model, real) => {
      if (model.clients.length < 4) model.clients.push(await signIn(real));
    }),
  ),
  pick.map((n) =>
    onClient("request", n, async (client, real) => {
      const now = real.world.clock.now();
      const state = await real.auth.authenticate(client.browser.headers());
      if (state.status !== "active") return;
      client.seenAtMost = now;
      // A stateless session slides only where it is made anew.
      if (real.strategy !== "stateless" && now - client.seenAtLeast >= minute) client.seenAtLeast = now;
      if (state.renewal === "due") await renew(client, real);
      await real.world.clock.advance(1100); // Until what was noted is written.
    }),
  ),
  pick.map((n) =>
    onClient("poll", n, async (client, real) => {
      await real.auth.authenticate(client.browser.headers(), { passive: true });
    }),
  ),
  pick.map((n) => onClient("refresh", n, (client, real) => renew(client, real))),
  fc.tuple(pick, fc.integer({ min: 2, max: 5 }), fc.nat(4)).map(([n, width, last]) =>
    onClient(`fanOut${width}:${last}`, n, async (client, real) => {
      const results = await Promise.all(
        Array.from({ length: width }, () => real.auth.refresh(client.browser.headers())),
      );
      const chosen = results[last % width];
      if (chosen?.status === "renewed") renewedWith(client, real, chosen.cookies);
    }),
  ),
  pick.map((n) =>
    onClient("lostReply", n, async (client, real) => {
      const lost = await real.auth.refresh(client.browser.headers());
      if (lost.status === "renewed") note(withCookies(client, lost.cookies), real);
    }),
  ),
  fc.tuple(pick, fc.nat(5)).map(([n, age]) =>
    onClient(`steal${age}`, n, async (client, real) => {
      const token = client.past[client.past.length - 1 - age];
      if (token === undefined) return;
      const thief = new Browser("curl/8.5.0");
      thief.jar.set("sojourn-refresh", token);
      const result = await real.auth.refresh(thief.headers());
      // Whatever a thief gets is either the pending successor, or the end of the session.
      if (head(client.sid, real) - counterOf(token) >= 2) expect(result.status).not.toBe("renewed");
      if (result.status === "renewed") note(withCookies({ browser: thief }, result.cookies), real);
      if (result.status === "ended") end(client, real);
      real.holders.push({ browser: thief, sid: client.sid });
    }),
  ),
  fc.tuple(pick, fc.integer({ min: 1, max: 2 })).map(([n, cycles]) =>
    onClient(`rob${cycles}`, n, async (client, real) => {
      const thief: Holder = { browser: client.browser.copy("curl/8.5.0"), sid: client.sid };
      real.holders.push(thief);
      client.robbed = true;
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        await real.world.pass(6 * minute); // Until the access token has run out.
        await goOn(thief, real);
      }
    }),
  ),
  fc.nat(5).map(
    (n) =>
      new Step(`thiefGoesOn(${n})`, async (model, real) => {
        const thief = real.holders[n % Math.max(1, real.holders.length)];
        if (thief === undefined) return;
        for (const client of model.clients) client.robbed ||= client.sid === thief.sid;
        await goOn(thief, real);
      }),
  ),
  fc.tuple(pick, fc.integer({ min: 2, max: 4 })).map(([n, times]) =>
    onClient(`renewals${times}`, n, async (client, real) => {
      for (let i = 0; i < times; i += 1) {
        await real.world.pass(25 * minute);
        await renew(client, real);
      }
    }),
  ),
  pick.map((n) =>
    onClient("revoke", n, async (client, real) => {
      await real.auth.sessions.revoke(client.sid);
      end(client, real);
    }),
  ),
  fc.tuple(pick, fc.constantFrom("", "Access", "Refresh")).map(([n, only]) =>
    onClient(`signOut${only}`, n, async (client, real) => {
      const sender = client.browser.copy();
      if (only === "Access") sender.jar.delete("sojourn-refresh");
      if (only === "Refresh" && real.strategy === "hybrid") sender.jar.delete("sojourn");
      await real.auth.signOut(sender.headers());
      end(client, real);
    }),
  ),
  fc.tuple(pick, fc.nat(5)).map(([n, age]) =>
    onClient(`signOutWithOld${age}`, n, async (client, real) => {
      const token = client.past[client.past.length - 1 - age];
      if (token === undefined) return;
      const restored = new Browser();
      restored.jar.set("sojourn-refresh", token);
      await real.auth.signOut(restored.headers());
      end(client, real);
    }),
  ),
  pick.map((n) =>
    onClient("signInAgain", n, async (client, real, model) => {
      const before = client.browser.copy();
      model.clients[model.clients.indexOf(client)] = await signIn(real, client.browser);
      end({ ...client, browser: before }, real);
    }),
  ),
  pick.map((n) =>
    onClient("revokeOthers", n, async (client, real, model) => {
      await real.auth.sessions.revokeAll("ada", { exceptSid: client.sid });
      for (const other of model.clients) if (other !== client) end(other, real);
    }),
  ),
  pick.map((n) =>
    onClient("writeData", n, async (client, real) => {
      await real.auth.sessions
        .setData(client.sid, "cart", n)
        .catch((error: { code?: string }) => expect(error.code).toBe("session_ended"));
    }),
  ),
  fc.constant(
    new Step("crash", async (model, real) => {
      // The process dies with what it had not written yet, and another takes over.
      for (const client of model.clients)
        client.seenAtLeast = Math.min(client.seenAtLeast, real.world.clock.now() - 1000);
      real.auth = real.world.node({ session });
    }),
  ),
  fc
    .constantFrom(second, 11 * second, minute, 6 * minute, 25 * minute, 61 * minute)
    .map((ms) => new Step(`advance(${ms / second}s)`, (_, real) => real.world.pass(ms))),
];

async function signIn(real: Real, browser: Browser = new Browser()): Promise<Client> {
  const now = real.world.clock.now();
  const sid = await browser.signIn(real.auth, "ada");
  note(browser, real);
  const seen = { startedAt: now, seenAtLeast: now, seenAtMost: now };
  return { browser, sid, ...seen, over: false, robbed: false, past: [] };
}

/** A thief renews and uses what it has. */
async function goOn({ browser, sid }: Holder, real: Real): Promise<void> {
  const result = await real.auth.refresh(browser.headers());
  if (result.status === "renewed") {
    browser.take(result.cookies);
    note(browser, real);
  } else if (result.status === "ended" && result.reason === "reuse_detected") real.ended.add(sid);
  await real.auth.authenticate(browser.headers(), { passive: true });
  await real.world.clock.advance(1100);
}

/** The session was ended by an act: nothing that anybody holds of it may work from here on. */
function end(client: Client, real: Real): void {
  const { sid, browser } = client;
  client.over = true;
  if (!real.ended.has(sid)) real.holders.push({ browser: browser.copy(), sid });
  real.ended.add(sid);
}

async function renew(client: Client, real: Real): Promise<void> {
  const result = await real.auth.refresh(client.browser.headers());
  if (result.status === "renewed") renewedWith(client, real, result.cookies);
  if (result.status === "ended" && result.reason === "reuse_detected") end(client, real);
}

/** The client goes on with new credentials. A stateless session slides by just that. */
function renewedWith(client: Client, real: Real, cookies: readonly string[]): void {
  take(client, real, cookies);
  if (real.strategy === "stateless") client.seenAtLeast = client.seenAtMost = real.world.clock.now();
}

function take(client: Client, real: Real, cookies: readonly string[]): void {
  const before = client.browser.jar.get("sojourn-refresh");
  client.browser.take(cookies);
  if (before !== undefined && before !== client.browser.jar.get("sojourn-refresh")) client.past.push(before);
  note(client.browser, real);
}

function withCookies({ browser }: Pick<Client, "browser">, cookies: readonly string[]): Browser {
  const copy = browser.copy();
  copy.take(cookies);
  return copy;
}

/** One live lineage: for one counter of one session there is only ever one token. */
function note(browser: Browser, { lineages }: Real): void {
  const token = browser.jar.get("sojourn-refresh");
  if (token === undefined) return;
  const place = token.split(".").slice(1, 3).join("#");
  mustBe(lineages.get(place) ?? token, token);
  lineages.set(place, token);
}

/** The newest counter of a session that anybody was given. */
function head(sid: string, { lineages }: Real): number {
  return Math.max(...[...lineages.values()].filter((token) => token.includes(sid)).map(counterOf));
}

function counterOf(token: string): number {
  return Number(token.split(".")[2]);
}

// `expect` costs more than much of what is checked here, some million times; it is asked only to tell of a failure.
function mustBe(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) expect(actual).toBe(expected);
}

function mustNotBe(actual: unknown, unwanted: unknown): void {
  if (Object.is(actual, unwanted)) expect(actual).not.toBe(unwanted);
}

async function checkAll(model: Model, real: Real): Promise<void> {
  const now = real.world.clock.now();
  for (const { browser, sid } of real.holders) {
    if (!real.ended.has(sid)) continue;
    mustNotBe((await real.auth.authenticate(browser.headers(), { passive: true })).status, "active");
    mustNotBe((await real.auth.refresh(browser.headers())).status, "renewed");
  }
  for (const client of model.clients) {
    if (real.ended.has(client.sid)) client.over = true;
    const state = await real.auth.authenticate(client.browser.headers(), { passive: true });
    if (client.robbed && !client.over) continue;
    const dead = client.over || now >= client.startedAt + absolute || now >= client.seenAtMost + idle;
    const alive =
      !client.over && now < client.startedAt + absolute - second && now < client.seenAtLeast + idle - slack;
    if (dead) mustNotBe(state.status, "active");
    if (alive) mustBe(state.status, "active");
    if (state.status !== "active") client.over = true;
    else mustBe(Date.parse(state.session.expiresAt) <= client.startedAt + absolute, true);
  }
}

const stores: readonly (readonly [string, () => Store])[] = [
  ["memory", () => memory()],
  ["sqlite", () => sqlite(":memory:")],
];
const strategies: readonly StrategyName[] = ["hybrid", "stateful", "stateless"];

describe.each(stores.flatMap(([store, open]) => strategies.map((strategy) => ({ store, strategy, open }))))(
  "any sequence of commands on $strategy sessions in $store",
  ({ strategy, open }) => {
    it("keeps the promises", { timeout: 240_000 }, async () => {
      const numRuns = Math.ceil((sequences / 6) * (strategy === "hybrid" ? 2 : 0.5));
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 30, size: "max" }), async (sequence) => {
          const store = open();
          const world = createWorld(strategy, { session }, store);
          world.users.set("ada", { id: "ada", role: "user" });
          const real: Real = {
            world,
            strategy,
            auth: world.node(),
            lineages: new Map(),
            holders: [],
            ended: new Set(),
          };
          const model: Model = { clients: [await signIn(real)] };
          await fc.asyncModelRun(() => ({ model, real }), sequence);
          await store.close();
        }),
        { numRuns, verbose: 1 },
      );
    });
  },
);

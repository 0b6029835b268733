import { createHash } from "node:crypto";
import { expect } from "vitest";
import type { Auth } from "../auth.ts";
import type { AuthOptions, StrategyName } from "../auth-options.ts";
import { createAuth } from "../create-auth.ts";
import { SojournError } from "../domain/errors.ts";
import type { SojournEvent } from "../domain/events.ts";
import { anonymous } from "../login/anonymous/index.ts";
import { external } from "../login/external/index.ts";
import type { LoginMethodFactory } from "../login/login-method.ts";
import { type PasswordHasher, type PasswordOptions, password } from "../login/password/index.ts";
import type { Store } from "../ports/session-store.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import type { AccountStore } from "../stores/account-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { type FakeClock, fakeClock, seededRandom } from "../testing/index.ts";
import { Browser } from "./browser.fixture.ts";
import { checkResponse, type Reply } from "./response-check.fixture.ts";

/** Where the site under test is reached. */
export const origin = "https://app.example";
/** Random, so that the boot check takes it. */
export const testSecret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
/** A service that may introspect and revoke. */
export const service = { id: "billing", secret: "Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXt" };
export const serviceBasic: string = `Basic ${Buffer.from(`${service.id}:${service.secret}`).toString("base64")}`;
export const strategies: readonly StrategyName[] = ["stateful", "stateless", "hybrid"];
export const cookieName = "__Host-Http-sojourn";

/** Somebody with an account. */
export const ada = { email: "ada@example.com", password: "correct horse battery", name: "Ada" };

/** Hashes that cost nothing, and counts how often. */
export function countingHasher(): PasswordHasher & { readonly runs: { hash: number; verify: number } } {
  const runs = { hash: 0, verify: 0 };
  const digest = (text: string): string =>
    `$test$${createHash("sha256").update(`salt:${text}`).digest("hex")}`;
  return {
    runs,
    async hash(text) {
      runs.hash += 1;
      return digest(text);
    },
    async verify(phc, text) {
      runs.verify += 1;
      return phc === digest(text);
    },
    needsRehash: () => false,
  };
}

/** No two sites of a file draw the same, so that they can share a store. */
let seed = 0;

/** What a site is made of, beyond the defaults of the kit. */
export interface SiteOptions extends Partial<AuthOptions<StoredUser>> {
  readonly password?: PasswordOptions;
  readonly accounts?: AccountStore;
  /** What the clock shows at first, in ms since the epoch. */
  readonly startAt?: number;
}

/** A deployment with everything a test may want to look at. */
export interface Site {
  readonly auth: Auth<StoredUser>;
  readonly accounts: AccountStore;
  readonly clock: FakeClock;
  readonly events: SojournEvent[];
  readonly logs: { readonly level: string; readonly fields: object; readonly message: string }[];
  readonly hasher: ReturnType<typeof countingHasher>;
  /** Makes every verb of the store's sessions or users fail while it is true. */
  readonly outage: { sessions: boolean; users: boolean };
  /** Every reply so far. */
  readonly replies: Reply[];
  /** Sends any request, and holds the response to what every response must be. */
  send(request: Request, host?: { readonly ip?: string | null }): Promise<Reply>;
  /** A browser on a page of this site. */
  browser(userAgent?: string): Browser;
  /** A browser that has signed up as somebody; by default as Ada. */
  signedUp(account?: Partial<typeof ada>, more?: object): Promise<Browser>;
  /** A long time passes at once, as on a machine that slept: what fell due meanwhile happens at its end. */
  pass(ms: number): Promise<void>;
  /** The types of the events since the last time this was asked. */
  eventTypes(): string[];
}

/** A sign-in of the app's own that believes whatever address it is told. */
export function believing({ users }: AccountStore): LoginMethodFactory {
  return external({
    name: "own",
    async verify(request) {
      const text = await request.text();
      const form = request.headers.get("content-type") === "application/x-www-form-urlencoded";
      const email = form
        ? (new URLSearchParams(text).get("email") ?? "")
        : ((JSON.parse(text || "{}") as { email?: string }).email ?? "");
      const found = await users.findByEmail(email);
      return found && { userId: found.user.id, user: found.user, amr: ["own"] };
    },
  });
}

/** Makes a site. Its store is in memory unless another is given. */
export function createSite(strategy: StrategyName, options: SiteOptions = {}): Site {
  const { password: passwordOptions, accounts = memory(), startAt, ...rest } = options;
  const clock = fakeClock(startAt);
  const events: SojournEvent[] = [];
  const logs: { level: string; fields: object; message: string }[] = [];
  const log = (level: string) => (fields: object, message: string) =>
    void logs.push({ level, fields, message });
  const hasher = countingHasher();
  const outage = { sessions: false, users: false };
  const auth = createAuth<StoredUser>({
    strategy,
    baseURL: origin,
    secret: testSecret,
    store: withOutages(accounts, outage),
    login: [password({ hasher, ...passwordOptions }), anonymous(), believing(accounts)],
    services: [service],
    clock,
    random: seededRandom((seed += 1)),
    onEvent: (event) => void events.push(event),
    logger: {
      trace: log("trace"),
      debug: log("debug"),
      info: log("info"),
      warn: log("warn"),
      error: log("error"),
    },
    ...rest,
  });
  const replies: Reply[] = [];
  const send = async (request: Request, host?: { readonly ip?: string | null }): Promise<Reply> => {
    const reply = await checkResponse(request, await auth.handler(request, host));
    replies.push(reply);
    return reply;
  };
  const browser = (userAgent?: string): Browser => new Browser(origin, send, userAgent);
  let told = 0;
  return {
    auth,
    accounts,
    clock,
    events,
    logs,
    hasher,
    outage,
    replies,
    send,
    browser,
    async signedUp(account, more) {
      const newcomer = browser();
      const reply = await newcomer.post("/sign-up/password", { ...ada, ...account, ...more });
      expect(reply.status, reply.text).toBe(200);
      return newcomer;
    },
    async pass(ms) {
      clock.jumpTo(clock.now() + ms);
      await clock.advance(0);
    },
    eventTypes() {
      const types = events.slice(told).map(({ type }) => type);
      told = events.length;
      return types;
    },
  };
}

function withOutages(store: AccountStore, outage: { sessions: boolean; users: boolean }): Store<StoredUser> {
  return {
    sessions: flaky(store.sessions, () => outage.sessions),
    users: flaky(store.users, () => outage.users),
    ...(store.entries !== undefined && { entries: flaky(store.entries, () => outage.sessions) }),
    migrate: () => store.migrate(),
    close: () => store.close(),
  };
}

function flaky<Part extends object>(part: Part, isOut: () => boolean): Part {
  return new Proxy(part, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name, target);
      if (typeof verb !== "function") return verb;
      return (...args: unknown[]): unknown => {
        // Without a wait of its own, as somebody else's store may throw it.
        if (isOut())
          throw new SojournError("store_unavailable", { cause: new Error("ECONNREFUSED 10.1.2.3:5432") });
        return Reflect.apply(verb, target, args);
      };
    },
  });
}

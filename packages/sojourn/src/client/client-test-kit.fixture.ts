import { setImmediate as nextTurn } from "node:timers/promises";
import { vi } from "vitest";
import type { StoredUser } from "../ports/user-directory.ts";
import type { Auth } from "../auth.ts";
import type { Browser } from "../http/browser.fixture.ts";
import { ada, createSite, origin, type Site, type SiteOptions } from "../http/http-test-kit.fixture.ts";
import type { StrategyName } from "../auth-options.ts";
// What loads later is here at once, so that a test need not wait for it.
import "./authorized-fetch.ts";
import "./calls.ts";
import "./csrf.ts";
import { type Client, createClient } from "./client.ts";
import "./renewal.ts";
import "./storage-tabs.ts";
import "./token-storage.ts";
import "./watch.ts";
import type { ClientOptions } from "./client-options.ts";
import type { SessionOf, UserOf } from "./types.ts";

/** The client of the site of the kit. */
export type TestClient = Client<UserOf<Auth<StoredUser>>, SessionOf<Auth<StoredUser>>>;

/** A browser with pages of a site, as far as a client sees them. All pages that are open are this one's. */
export interface TestPages {
  readonly site: Site;
  readonly jar: Browser;
  /** Every request that clients sent, such as `GET /session`. */
  readonly requests: string[];
  /** All that tabs told each other, as JSON. */
  readonly told: string[];
  /** What the server's clock is ahead of the browser's, in ms. */
  skew: number;
  /** Makes every request fail as without a network. */
  offline: boolean;
  /** The answers to requests of this name wait until it is removed. */
  readonly held: Map<string, Promise<void>>;
  visibility: "visible" | "hidden";
  /** Opens a tab. */
  tab(options?: ClientOptions): TestClient;
  /** As a tab sends it. */
  readonly fetch: typeof fetch;
  fire(type: string, more?: object): Promise<void>;
  /** Lets go on whatever is under way. */
  settle(): Promise<void>;
  /** Time passes for browser and server alike. */
  pass(ms: number, steps?: number): Promise<void>;
  /** The machine sleeps, and wakes: no timer counts the time between. */
  sleep(ms: number): Promise<void>;
  /** What was requested since the last time this was asked. */
  asked(): string[];
}

interface Stubs {
  readonly locks?: boolean;
  readonly channel?: boolean;
}

/** Opens a browser at a site. Undone by {@link closePages}. */
export function openPages(
  strategy: StrategyName,
  options: SiteOptions = {},
  { locks = true, channel = true }: Stubs = {},
): TestPages {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: Date.UTC(2030, 0, 1) });
  vi.spyOn(Math, "random").mockReturnValue(0);
  const site = createSite(strategy, { jwt: { fields: ["email", "name", "role"] }, ...options });
  const jar = site.browser();
  const window = new EventTarget();
  const document = Object.defineProperties(new EventTarget(), {
    visibilityState: { get: () => pages.visibility },
    cookie: {
      get: () => [...jar.jar].flatMap(([name]) => (name.includes("hint") ? [`${name}=1`] : [])).join("; "),
    },
  });
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("document", document);
  vi.stubGlobal("location", { origin });
  vi.stubGlobal("addEventListener", window.addEventListener.bind(window));
  vi.stubGlobal("removeEventListener", window.removeEventListener.bind(window));
  vi.stubGlobal("navigator", locks ? { locks: fakeLocks() } : {});
  const told: string[] = [];
  vi.stubGlobal("BroadcastChannel", channel ? fakeChannels(told) : undefined);
  vi.stubGlobal(
    "localStorage",
    fakeStorage((key, newValue) => {
      if (newValue !== null) told.push(newValue);
      window.dispatchEvent(Object.assign(new Event("storage"), { key, newValue }));
    }),
  );

  let seen = 0;
  const pages: TestPages = {
    site,
    jar,
    requests: [],
    told,
    skew: 0,
    offline: false,
    held: new Map(),
    visibility: "visible",
    tab: (more = {}) => createClient<Auth<StoredUser>>({ fetch: pages.fetch, ...more }),
    fetch: (input, init) =>
      send(pages, input instanceof Request ? input : new Request(new URL(String(input), origin), init)),
    async fire(type, more = {}) {
      window.dispatchEvent(Object.assign(new Event(type), more));
      await pages.settle();
    },
    async settle() {
      for (let turn = 0; turn < 40; turn += 1) await nextTurn();
    },
    async pass(ms, steps = 1) {
      for (let step = 0; step < steps; step += 1) {
        await vi.advanceTimersByTimeAsync(ms / steps);
        site.clock.jumpTo(Date.now() + pages.skew);
        await site.clock.advance(0);
        await pages.settle();
      }
    },
    async sleep(ms) {
      vi.setSystemTime(Date.now() + ms);
      await pages.pass(31_000, 310);
    },
    asked() {
      const since = pages.requests.slice(seen);
      seen = pages.requests.length;
      return since;
    },
  };
  return pages;
}

/** A browser whose user is signed in, before any page is open. */
export async function signedIn(...args: Parameters<typeof openPages>): Promise<TestPages> {
  const pages = openPages(...args);
  const { cookies, hints } = await pages.jar.post("/sign-up/password", ada);
  pages.jar.take([...cookies, ...hints]);
  return pages;
}

/** Leaves nothing of {@link openPages}. */
export function closePages(): void {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
}

async function send(pages: TestPages, request: Request): Promise<Response> {
  const { site, jar, requests, held } = pages;
  const url = new URL(request.url);
  const name = `${request.method} ${url.pathname.replace(/^\/auth/, "")}`;
  requests.push(name);
  if (pages.offline) throw new TypeError("Failed to fetch");
  site.clock.jumpTo(Date.now() + pages.skew);
  const headers = new Headers(request.headers);
  const bearer = headers.has("authorization");
  headers.set("user-agent", jar.userAgent);
  headers.set("sec-fetch-site", "same-origin");
  if (request.method !== "GET") headers.set("origin", origin);
  if (jar.jar.size > 0 && !bearer) headers.set("cookie", jar.cookie);
  const body = request.body === null ? null : await request.text();
  const sent = new Request(url, { method: request.method, headers, body, signal: request.signal });
  const { response, cookies, hints } = await site.send(sent);
  await held.get(name);
  jar.take([...cookies, ...hints]);
  return response;
}

/** Holds back the answers to requests of one name, such as `GET /session`. @returns what lets them go. */
export function hold({ held }: TestPages, name: string): () => void {
  let letGo = (): void => {};
  held.set(
    name,
    new Promise((resolve) => {
      letGo = resolve;
    }),
  );
  return () => {
    held.delete(name);
    letGo();
  };
}

/** `BroadcastChannel`, heard in the order of sending. */
function fakeChannels(told: string[]): unknown {
  const open = new Set<FakeChannel>();
  class FakeChannel extends EventTarget {
    readonly name: string;
    constructor(name: string) {
      super();
      this.name = name;
      open.add(this);
    }
    postMessage(data: unknown): void {
      if (!open.has(this)) throw new DOMException("The channel is closed.", "InvalidStateError");
      told.push(JSON.stringify(data));
      for (const other of open)
        if (other !== this && other.name === this.name)
          queueMicrotask(() =>
            other.dispatchEvent(Object.assign(new Event("message"), { data: structuredClone(data) })),
          );
    }
    close(): void {
      open.delete(this);
    }
  }
  return FakeChannel;
}

type Work = (lock: object | null) => unknown;

/** Web Locks: exclusive, first come, first served. */
function fakeLocks(): unknown {
  const last = new Map<string, Promise<unknown>>();
  const holders = new Map<string, number>();
  return {
    async request(name: string, options: { ifAvailable?: boolean; signal?: AbortSignal }, work: Work) {
      const waiting = holders.get(name) ?? 0;
      if (options.ifAvailable === true && waiting > 0) return work(null);
      holders.set(name, waiting + 1);
      const before = last.get(name);
      const turn = (async () => {
        await before?.catch(() => undefined);
        options.signal?.throwIfAborted();
        return work({});
      })().finally(() => holders.set(name, (holders.get(name) ?? 1) - 1));
      last.set(name, turn);
      return turn;
    },
  };
}

/** `localStorage`. @param changed told of every change. */
function fakeStorage(changed: (key: string, value: string | null) => void): unknown {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem(key: string, value: string) {
      items.set(key, value);
      changed(key, value);
    },
    removeItem(key: string) {
      items.delete(key);
      changed(key, null);
    },
  };
}

import type { Auth } from "../auth.ts";
import type { AuthOptions, StrategyName } from "../auth-options.ts";
import { createAuth } from "../create-auth.ts";
import { SojournError } from "../domain/errors.ts";
import type { SojournEvent } from "../domain/events.ts";
import type { BaseUser } from "../domain/principal.ts";
import type { Store } from "../ports/session-store.ts";
import { memory } from "../stores/memory/index.ts";
import { type FakeClock, fakeClock, seededRandom } from "../testing/index.ts";

/** A secret for tests: random, so that the boot check takes it. */
export const testSecret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";

/** A deployment whose time, store and nodes a test holds in its hands. */
export interface World {
  readonly clock: FakeClock;
  readonly events: SojournEvent[];
  /** Makes every verb of the store fail while it is true. */
  readonly outage: { on: boolean };
  /** One more process over the same store. */
  node(options?: Partial<AuthOptions>): Auth;
  /** A long time passes at once, as on a machine that slept: what fell due meanwhile happens at its end. */
  pass(ms: number): Promise<void>;
  /** Users that may be switched off. */
  readonly users: Map<string, BaseUser & { role: string }>;
}

/** Makes a world around one store. */
export function createWorld(
  strategy: StrategyName,
  options: Partial<AuthOptions> = {},
  store: Store | null = memory(),
): World {
  const clock = fakeClock(Date.UTC(2030, 0, 1));
  const events: SojournEvent[] = [];
  const outage = { on: false };
  const users = new Map<string, BaseUser & { role: string }>();
  const flaky = store === null ? null : withOutages(store, outage);
  let seed = 1;
  const node = (more: Partial<AuthOptions> = {}): Auth =>
    createAuth<BaseUser>({
      strategy,
      secret: testSecret,
      ...(flaky === null ? {} : { store: flaky }),
      users: { findById: (id) => users.get(id) ?? null },
      clock,
      random: seededRandom((seed += 1)),
      onEvent: (event) => void events.push(event),
      ...options,
      ...more,
    });
  const pass = async (ms: number): Promise<void> => {
    clock.jumpTo(clock.now() + ms);
    await clock.advance(0);
  };
  return { clock, events, outage, node, pass, users };
}

function withOutages(store: Store, outage: { on: boolean }): Store {
  const sessions = new Proxy(store.sessions, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name, target);
      if (typeof verb !== "function") return verb;
      return (...args: unknown[]): unknown => {
        if (outage.on) throw new SojournError("store_unavailable", { retryAfter: 1 });
        return Reflect.apply(verb, target, args);
      };
    },
  });
  return { ...store, sessions, migrate: () => store.migrate(), close: () => store.close() };
}

/** A browser, as far as cookies go, in front of one or several nodes. */
export class Browser {
  readonly jar: Map<string, string> = new Map();
  readonly userAgent: string;

  constructor(userAgent: string = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0") {
    this.userAgent = userAgent;
  }

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** What this browser sends with a request now. */
  headers(): Headers {
    const headers = new Headers({ "user-agent": this.userAgent });
    if (this.jar.size > 0) headers.set("cookie", this.cookie);
    return headers;
  }

  /** Does what Set-Cookie says. */
  take(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [pair = "", ...attributes] = cookie.split("; ");
      const name = pair.slice(0, pair.indexOf("="));
      if (attributes.includes("Max-Age=0")) this.jar.delete(name);
      else this.jar.set(name, pair.slice(name.length + 1));
    }
  }

  /** A second browser that holds the same cookies: a thief, or a branch of a fan-out. */
  copy(userAgent: string = this.userAgent): Browser {
    const copy = new Browser(userAgent);
    for (const [name, value] of this.jar) copy.jar.set(name, value);
    return copy;
  }

  async signIn(auth: Auth, userId: string, remember = false): Promise<string> {
    const { session, cookies } = await auth.signIn({ userId, method: "test" }, this.headers(), { remember });
    this.take(cookies);
    return session.sid;
  }

  /** `POST /auth/refresh`, with the reply still on its way. */
  async sendRefresh(auth: Auth): Promise<Response> {
    const headers = this.headers();
    headers.set("sec-fetch-site", "same-origin");
    headers.set("content-type", "application/json");
    return auth.handler(
      new Request("http://localhost/auth/refresh", { method: "POST", headers, body: "{}" }),
    );
  }

  /** The reply arrives. */
  receive(response: Response): void {
    this.take(response.headers.getSetCookie());
  }
}

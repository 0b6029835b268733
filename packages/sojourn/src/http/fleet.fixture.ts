import type { StrategyName } from "../auth-options.ts";
import type { AccountStore } from "../stores/account-directory.ts";
import { memory } from "../stores/memory/index.ts";
import { Browser } from "./browser.fixture.ts";
import { createSite, origin, type Site, type SiteOptions } from "./http-test-kit.fixture.ts";

/** Two nodes of one deployment: one store, one clock, a feed each. */
export interface Fleet {
  readonly here: Site;
  readonly there: Site;
  /** While true, no news reaches `there`; the store answers all else. */
  readonly cut: { news: boolean };
}

export function createFleet(strategy: StrategyName, options: SiteOptions = {}): Fleet {
  const accounts = options.accounts ?? memory();
  const cut = { news: false };
  const here = createSite(strategy, { ...options, accounts });
  const there = createSite(strategy, { ...options, accounts: withoutNews(accounts, cut), clock: here.clock });
  return { here, there, cut };
}

/** The same browser as its requests reach another node. */
export function at(site: Site, browser: Browser): Browser {
  const there = new Browser(origin, site.send, browser.userAgent);
  for (const [name, kept] of browser.jar) there.jar.set(name, kept);
  Object.assign(there.extra, browser.extra);
  return there;
}

function withoutNews(store: AccountStore, cut: { readonly news: boolean }): AccountStore {
  const sessions = withHook(store.sessions, "revokedSince", () => {
    if (cut.news) throw new Error("The news does not arrive.");
  });
  return { ...store, sessions };
}

/** The same, but that something happens before one of its verbs does its work. */
export function withHook<Part extends object>(
  part: Part,
  verbName: keyof Part,
  happens: () => void | Promise<unknown>,
): Part {
  return new Proxy(part, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name, target);
      if (typeof verb !== "function") return verb;
      return (...args: unknown[]): unknown => {
        const before = name === verbName ? happens() : undefined;
        const act = (): unknown => Reflect.apply(verb, target, args);
        return before instanceof Promise ? before.then(act) : act();
      };
    },
  });
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { StrategyName } from "../auth-options.ts";
import { contract, type Route, type RouteName } from "../contract/routes.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, cookieName, createSite, serviceBasic, type Site, strategies } from "./http-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";
import { type DumpableStore, dumpableMemory, dumpableSqlite } from "./store-dump.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "sojourn-get-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const stores: readonly (readonly [string, () => DumpableStore])[] = [
  ["memory", dumpableMemory],
  ["sqlite", () => dumpableSqlite(join(folder, `${(files += 1)}.db`))],
];
const routes = Object.entries(contract) as [RouteName, Route<unknown, unknown>][];
/** Every path of the contract, be it for reading or for acting, with something in the place of each parameter. */
const paths = routes.flatMap(([, { path, aliases = [] }]) =>
  [path, ...aliases].map((one) =>
    one
      .replace(/\{(method|provider|id)\}/, "password")
      .replace("{sid}", "0197f3a0-0000-7000-8000-000000000000"),
  ),
);

const day = 86_400_000;

/** Who asks, each with a site in which that is so. */
const visitors: Readonly<Record<string, (site: Site) => Promise<Browser>>> = {
  nobody: async (site) => {
    await site.signedUp();
    return site.browser();
  },
  "somebody signed in": (site) => site.signedUp(),
  "somebody remembered": (site) => site.signedUp({}, { remember: true }),
  "somebody who has refreshed": async (site) => {
    const browser = await site.signedUp();
    await site.pass(60_000);
    await browser.post("/refresh");
    // The first use of a new counter is noted behind the request, once; it is the sign-in's own news.
    await browser.get("/session");
    await site.pass(2000);
    return browser;
  },
  "somebody whose access token ran out": async (site) => {
    const browser = await site.signedUp();
    await site.pass(20 * 60_000);
    return browser;
  },
  "somebody idle": async (site) => {
    const browser = await site.signedUp();
    await site.pass(8 * day);
    return browser;
  },
  "somebody whose session expired": async (site) => {
    const browser = await site.signedUp();
    await site.pass(31 * day);
    return browser;
  },
  "somebody signed out elsewhere": async (site) => {
    const browser = await site.signedUp();
    await browser.copy().post("/sign-out");
    return browser;
  },
  "somebody disabled": async (site) => {
    const browser = await site.signedUp();
    const { user } = (await browser.get("/session")).body;
    await site.accounts.users.setStatus(user.id, "disabled");
    return browser;
  },
  "somebody with a forged cookie": async (site) => {
    const browser = await site.signedUp();
    const kept = browser.jar.get(cookieName);
    browser.jar.set(cookieName, { value: `${kept?.value.slice(0, -4) ?? ""}AAAA`, attributes: [] });
    return browser;
  },
};

const { email, password } = ada;
const newPassword = "an even longer phrase";
const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
const tokenOf = (browser: Browser): string => `token=${browser.value(cookieName)}`;

/** What each acting route changes, done by somebody who has another session `sid` elsewhere. */
const changes: Partial<Record<RouteName, (browser: Browser, sid: string) => Promise<Reply>>> = {
  signIn: (browser) => browser.post("/sign-in/password", { email, password }),
  signUp: (browser) => browser.post("/sign-up/password", { ...ada, email: "bob@example.com" }),
  signOut: (browser) => browser.post("/sign-out"),
  refresh: (browser) => browser.post("/refresh"),
  touch: (browser) => browser.post("/touch"),
  stepUp: (browser) => browser.post("/step-up", { password }),
  changePassword: (browser) => browser.post("/change-password", { currentPassword: password, newPassword }),
  revokeSession: (browser, sid) => browser.delete(`/sessions/${sid}`),
  revokeOtherSessions: (browser) => browser.delete("/sessions"),
  introspect: (browser) => browser.post("/introspect", tokenOf(browser), form),
  signInExternally: (browser) => browser.post("/sign-in/external/own", { email }),
  signInAnonymously: (browser) => browser.post("/sign-in/anonymous"),
  revokeToken: (browser) => browser.post("/revoke", tokenOf(browser), form),
};
/** Where there is nothing to change. */
const unchanged: Partial<Record<RouteName, readonly StrategyName[]>> = {
  refresh: ["stateful"],
  introspect: strategies,
  // Who has a session keeps it.
  signInAnonymously: strategies,
};

describe.each(strategies.flatMap((strategy) => stores.map(([store, open]) => ({ strategy, store, open }))))(
  "CS-04: with $strategy sessions in $store",
  ({ strategy, open }) => {
    it.each(Object.keys(visitors))(
      "GET and HEAD of any route leave the store as it was, by %s",
      async (visitor) => {
        const store = open();
        const site = createSite(strategy, { accounts: store.accounts });
        const browser = await visitors[visitor]?.(site);
        const before = store.dump();
        const jar = browser?.cookie ?? "";
        for (const method of ["GET", "HEAD"]) {
          for (const path of paths) {
            const { status } = (await browser?.send(
              method,
              `${path}?everywhere=true&token=x&returnTo=/`,
            )) ?? { status: 0 };
            expect(status, `${method} ${path}`).toBeLessThan(500);
          }
        }
        // Also nothing that was only waiting to be written.
        await site.pass(60_000);
        await site.auth.close();
        expect(store.dump()).toEqual(before);
        expect(browser?.cookie).toBe(jar);
        store.close();
      },
    );

    it.each(Object.keys(changes))("such a dump would show what %s changes", async (name) => {
      const store = open();
      const site = createSite(strategy, { accounts: store.accounts });
      const browser = await site.signedUp();
      const other = site.browser("other");
      const { sid } = (await other.post("/sign-in/password", { email, password })).body.session;
      await site.pass(120_000);
      const before = store.dump();
      const { status, text } = (await changes[name as RouteName]?.(browser, sid)) ?? { status: 0, text: "" };
      expect(status, text).toBe(200);
      const same = (unchanged[name as RouteName] ?? []).includes(strategy);
      if (same) expect(store.dump()).toEqual(before);
      else expect(store.dump()).not.toEqual(before);
      store.close();
    });
  },
);

/** What these change is told where there is a provider, and where somebody may act as another. */
const toldElsewhere: ReadonlySet<RouteName> = new Set([
  "impersonate",
  "stopImpersonating",
  "providerFormCallback",
  "backchannelLogout",
  "linkIdentity",
  "unlinkIdentity",
]);

it("every route of the contract reads by GET, or is known to change something", () => {
  const acting = routes
    .filter(([name, { method }]) => method !== "GET" && !toldElsewhere.has(name))
    .map(([name]) => name);
  expect(Object.keys(changes).toSorted()).toEqual(acting.toSorted());
});

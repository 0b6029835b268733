import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { contract, type Route } from "../contract/routes.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, cookieName, createSite, type Site, strategies } from "./http-test-kit.fixture.ts";
import { type DumpableStore, dumpableMemory, dumpableSqlite } from "./store-dump.fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "sojourn-get-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

const stores: readonly (readonly [string, () => DumpableStore])[] = [
  ["memory", dumpableMemory],
  ["sqlite", () => dumpableSqlite(join(folder, `${(files += 1)}.db`))],
];
const readable = Object.values(contract as unknown as Record<string, Route<unknown, unknown>>)
  .filter(({ method }) => method === "GET")
  .map(({ path }) => path);
const actions = Object.values(contract as unknown as Record<string, Route<unknown, unknown>>)
  .filter(({ method }) => method !== "GET")
  .flatMap(({ path, aliases = [] }) => [path, ...aliases]);

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

describe.each(strategies.flatMap((strategy) => stores.map(([store, open]) => ({ strategy, store, open }))))(
  "with $strategy sessions in $store",
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
          for (const path of [...readable, ...actions.map((one) => one.replace("{method}", "password"))]) {
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

    it("such a dump would show any change", async () => {
      const store = open();
      const site = createSite(strategy, { accounts: store.accounts });
      const browser = await site.signedUp();
      const dumps = [store.dump()];
      const { email, password } = ada;
      for (const act of [
        () => browser.copy().post("/sign-in/password", { email, password }),
        () => site.browser().post("/sign-in/password", { email, password }),
        () => site.signedUp({ email: "bob@example.com" }),
      ]) {
        await act();
        expect(store.dump()).not.toEqual(dumps.at(-1));
        dumps.push(store.dump());
      }
      store.close();
    });
  },
);

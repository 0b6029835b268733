import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PrivacyOptions } from "../client-options.ts";
import type { Browser } from "./browser.fixture.ts";
import { ada, createSite, type Site, type SiteOptions, strategies } from "./http-test-kit.fixture.ts";
import { type DumpableStore, dumpableMemory, dumpableSqlite } from "./store-dump.fixture.ts";
import { address, chrome, firefox, visitor } from "./visitor.fixture.ts";

const strict: PrivacyOptions = { ip: "none", userAgent: "none" };
const some: PrivacyOptions = { ip: "truncated", userAgent: "device" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "sojourn-privacy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stores: Readonly<Record<string, () => DumpableStore>> = {
  memory: dumpableMemory,
  sqlite: () => dumpableSqlite(path.join(folder, "app.db")),
};

/** Everything that a site has said to anybody. */
function said(site: Site): string {
  const replies = site.replies.map(({ text, headers }) => [text, [...headers]]);
  return JSON.stringify([site.events, site.logs, replies]);
}

/** Whatever is in the files of a store, read as bytes. */
function filed(): string {
  return readdirSync(folder)
    .map((file) => readFileSync(path.join(folder, file), "latin1"))
    .join("\n");
}

/** Somebody signs up and in, acts as another user, proves anew who they are, fails to, and signs out. */
async function busyDay(site: Site): Promise<void> {
  const browser = visitor(site);
  const signedUp = await browser.post("/sign-up/password", ada);
  expect(signedUp.status, signedUp.text).toBe(200);
  await browser.get("/sessions");
  await site.clock.advance(60_000);
  await browser.post("/refresh");
  await browser.post("/step-up", { password: ada.password });
  await browser.get("/sessions");
  const { sid } = (await browser.get("/session")).body.session;
  await site.auth.sessions.get(sid);
  const other = await visitor(site).post("/sign-up/password", { ...ada, email: "grace@example.com" });
  const { userId } = other.body.session;
  const acts = await browser.post("/impersonate", { userId, reason: "Ticket 4711" });
  expect(acts.status, acts.text).toBe(200);
  await browser.get("/sessions");
  await browser.post("/impersonate/stop");
  const { email, password } = ada;
  const signedIn = await visitor(site).post("/sign-in/password", { email, password });
  expect(signedIn.status, signedIn.text).toBe(200);
  let refused = signedIn;
  for (let i = 0; i < 12; i += 1)
    refused = await visitor(site).post("/sign-in/password", { email, password: "not this one" });
  expect(refused.status, refused.text).toBe(429);
  await browser.copy().post("/sign-out");
  await site.clock.advance(60_000);
}

const acting: SiteOptions = { impersonation: { allow: () => true }, audit: true };

describe.each(strategies)("what is known of clients, %s", (strategy) => {
  describe.each(Object.keys(stores))("over %s", (name) => {
    const made = (options: SiteOptions): { site: Site; store: DumpableStore } => {
      const store = (stores[name] as () => DumpableStore)();
      return { site: createSite(strategy, { accounts: store.accounts, ...acting, ...options }), store };
    };

    it("is kept as it comes by default, so that what looks for it finds it", async () => {
      const { site, store } = made({});
      await busyDay(site);
      const kept = JSON.stringify(store.dump());
      expect(kept).toContain(address);
      expect(kept).toContain(firefox);
      expect(said(site)).toContain(address);
      expect(said(site)).toContain(firefox);
      if (name === "sqlite") expect(filed()).toContain(address);
      store.close();
    });

    it.each([
      ["none of it", strict],
      ["only what it takes", some],
    ])("is neither kept nor told where the app wants %s", async (_, privacy) => {
      const { site, store } = made({ privacy });
      await busyDay(site);
      const everything = JSON.stringify(store.dump()) + said(site) + (name === "sqlite" ? filed() : "");
      expect(everything).not.toContain(address);
      expect(everything).not.toContain(firefox);
      expect(everything).not.toContain("Gecko");
      store.close();
    });

    it("shows the street and the device where the app wants no more", async () => {
      const { site, store } = made({ privacy: some });
      const browser = visitor(site);
      await browser.post("/sign-up/password", ada);
      const { sessions } = (await browser.get("/sessions")).body;
      expect(sessions).toMatchObject([
        { ip: "203.0.113.0", device: { name: "Firefox on Linux", type: "desktop", browser: "Firefox" } },
      ]);
      expect(await site.auth.sessions.get(sessions[0]?.sid ?? "")).toMatchObject({
        ip: "203.0.113.0",
        userAgent: "Firefox on Linux",
      });
      expect(site.events.find(({ type }) => type === "session_created")).toMatchObject({
        ip: "203.0.113.0",
        userAgent: "Firefox on Linux",
      });
      store.close();
    });

    it("is held back in sessions that are older than the rule, too", async () => {
      const before = made({});
      const browser = visitor(before.site);
      await browser.post("/sign-up/password", ada);
      const after = createSite(strategy, { accounts: before.store.accounts, privacy: strict });
      const again = visitor(after, {}, browser);
      const reply = await again.get("/sessions");
      expect(reply.body).toMatchObject({ sessions: [{ ip: null, device: { name: "Unknown device" } }] });
      before.store.close();
    });
  });
});

describe("a race for the refresh token", () => {
  /** One tab has used the new token already when the other comes with the old one. */
  const race = async (site: Site, second: (first: Browser) => Browser): Promise<string[]> => {
    const browser = visitor(site);
    await browser.post("/sign-up/password", ada);
    const late = second(browser);
    await site.clock.advance(60_000);
    await browser.post("/refresh");
    await browser.get("/session");
    await site.clock.advance(1000);
    site.eventTypes();
    await late.post("/refresh");
    return site.eventTypes();
  };

  it.each([[{}], [some], [strict]])("is forgiven to the same browser under %j", async (privacy) => {
    const types = await race(createSite("hybrid", { privacy }), (browser) => browser.copy());
    expect(types).not.toContain("authn_token_reuse");
  });

  it.each([[{}], [some], [strict]])(
    "is no race but a theft from another browser under %j",
    async (privacy) => {
      const types = await race(createSite("hybrid", { privacy }), (browser) => browser.copy(chrome));
      expect(types).toContain("authn_token_reuse");
    },
  );

  it("is as strict about versions of a browser as without privacy", async () => {
    const newer = firefox.replaceAll("140.0", "141.0");
    const types = await race(createSite("hybrid", { privacy: some }), (browser) => browser.copy(newer));
    expect(types).toContain("authn_token_reuse");
  });

  it.each([
    [{}, strict],
    [{}, some],
    [strict, {}],
    [some, {}],
    [some, strict],
  ])("is forgiven while the rule changes from %j to %j", async (from, to) => {
    const first = createSite("hybrid", { privacy: from });
    const then = createSite("hybrid", { privacy: to, accounts: first.accounts, clock: first.clock });
    const browser = visitor(first);
    await browser.post("/sign-up/password", ada);
    const late = visitor(then, {}, browser);
    await first.clock.advance(60_000);
    await browser.post("/refresh");
    await browser.get("/session");
    await first.clock.advance(1000);
    const reply = await late.post("/refresh");
    expect(reply.status, reply.text).toBe(200);
    expect(then.eventTypes()).not.toContain("authn_token_reuse");
  });
});

import { afterEach, describe, expect, it, vi } from "vitest";
import { ada, strategies } from "../http/http-test-kit.fixture.ts";
import { createClient } from "./client.ts";
import {
  closePages,
  hold,
  openPages,
  signedIn,
  type TestClient,
  type TestPages,
} from "./client-test-kit.fixture.ts";

const { email, password } = ada;
const minute = 60_000;

afterEach(closePages);

/** Opens tabs that look at the session. */
async function open(pages: TestPages, count: number, options: object = {}): Promise<TestClient[]> {
  const tabs = Array.from({ length: count }, () => pages.tab({ events: false, ...options }));
  for (const tab of tabs) tab.subscribe(() => {});
  await pages.settle();
  return tabs;
}

const statuses = (tabs: readonly TestClient[]): string[] => tabs.map(({ $session }) => $session.get().status);
const ways = [
  ["a channel", { locks: true, channel: true }],
  ["a channel and no locks", { locks: false, channel: true }],
  ["a storage", { locks: true, channel: false }],
] as const;

describe.each(strategies)("the tabs of one browser, in a %s site", (strategy) => {
  it.each(ways)("sign in and out together over %s", async (_, stubs) => {
    const pages = openPages(strategy, {}, stubs);
    const tabs = await open(pages, 3);
    expect(statuses(tabs)).toEqual(["signed-out", "signed-out", "signed-out"]);
    await tabs[0]?.signUp("password", ada);
    await pages.settle();
    expect(statuses(tabs)).toEqual(["signed-in", "signed-in", "signed-in"]);
    expect(tabs[2]?.$session.get().user).toMatchObject({ email });
    await tabs[1]?.signOut();
    await pages.settle();
    expect(tabs.map(({ $session }) => $session.get())).toEqual(
      tabs.map(() => expect.objectContaining({ status: "signed-out", reason: "signed_out" })),
    );
    // What they told each other was enough.
    expect(pages.asked()).toEqual(["POST /sign-up/password", "POST /sign-out"]);
  });

  it.each(ways)("share tokens in a storage, and none of them crosses %s", async (_, stubs) => {
    const pages = openPages(strategy, { transports: ["header"] }, stubs);
    const options = { transport: "header", storage: localStorage } as const;
    const tabs = await open(pages, 2, options);
    pages.told.length = 0;
    const kept: string[] = [];
    const { setItem } = localStorage;
    localStorage.setItem = (key, value) => (kept.push(value), setItem(key, value));
    const entered = await tabs[0]?.signUp("password", ada);
    await tabs[0]?.refresh();
    await pages.settle();
    expect(statuses(tabs)).toEqual(["signed-in", "signed-in"]);
    const { access, refresh } = JSON.parse(kept.find((text) => text.includes("access")) ?? "") as {
      access: string;
      refresh: string | null;
    };
    const said = pages.told.filter((text) => !text.startsWith('{"access"')).join();
    expect(said).toContain(email);
    for (const secret of [access, refresh ?? access]) {
      expect(said).not.toContain(secret);
      expect(JSON.stringify(entered)).not.toContain(secret);
    }
    expect(said).not.toMatch(/token/i);
    await tabs[1]?.signOut();
    await pages.settle();
    expect(statuses(tabs)).toEqual(["signed-out", "signed-out"]);
    expect(await tabs[0]?.getSession()).toMatchObject({ ok: true, data: null });
  });
});

describe("tabs that talk through the storage that their tokens are in", () => {
  it("keep them, whatever they tell each other, and never take them for news", async () => {
    const pages = openPages("hybrid", { transports: ["header"] }, { channel: false });
    const tabs = await open(pages, 2, { transport: "header", storage: localStorage });
    await tabs[0]?.signUp("password", ada);
    await pages.settle();
    await pages.pass(10);
    await tabs[1]?.getSession();
    await tabs[0]?.refresh();
    await pages.settle();
    const late = await open(pages, 1, { transport: "header", storage: localStorage });
    for (const tab of [...tabs, ...late]) {
      expect(await tab.sessions.list()).toMatchObject({ ok: true, data: [{ current: true }] });
      expect(tab.$session.get()).toMatchObject({ status: "signed-in", user: { email } });
    }
  });

  it("do not go back to the tokens of one that was frozen while it renewed", async () => {
    const pages = openPages("hybrid", { transports: ["header"] }, { locks: false });
    const [frozen, other] = await open(pages, 2, { transport: "header", storage: localStorage });
    await frozen?.signUp("password", ada);
    await pages.settle();
    await pages.pass(minute);
    const thaw = hold(pages, "POST /refresh");
    void frozen?.refresh();
    await pages.settle();
    pages.held.clear();
    for (let time = 0; time < 4; time += 1) {
      expect(await other?.refresh()).toMatchObject({ ok: true });
      await pages.pass(minute);
    }
    thaw();
    await pages.settle();
    expect(await other?.refresh()).toMatchObject({ ok: true, data: { user: { email } } });
    expect(pages.site.eventTypes()).not.toContain("authn_token_reuse");
  });
});

describe("many tabs", () => {
  it("make one request per interval", async () => {
    const pages = await signedIn("stateful");
    const tabs = await open(pages, 10);
    expect(pages.asked()).toHaveLength(10);
    await pages.pass(5 * minute + 1000);
    expect(pages.asked()).toEqual(["GET /session"]);
    await pages.pass(5 * minute + 1000);
    expect(pages.asked()).toEqual(["GET /session"]);
    expect(new Set(statuses(tabs))).toEqual(new Set(["signed-in"]));
  });

  it("make none while nobody sees them", async () => {
    const pages = await signedIn("stateful");
    await open(pages, 3);
    pages.asked();
    pages.visibility = "hidden";
    await pages.pass(60 * minute, 12);
    expect(pages.asked()).toEqual([]);
    pages.visibility = "visible";
    await pages.fire("visibilitychange");
    expect(pages.asked()).toEqual(["GET /session"]);
  });

  it.each([
    ["locks", true],
    ["no locks", false],
  ])("that wake from sleep renew once, with %s", async (_, locks) => {
    const pages = await signedIn("hybrid", {}, { locks });
    const tabs = await open(pages, 10);
    pages.asked();
    let drawn = 0;
    vi.mocked(Math.random).mockImplementation(() => ((drawn += 1) % 10) / 10);
    await pages.sleep(20 * minute);
    const asked = pages.asked();
    expect(asked.filter((name) => name === "POST /refresh")).toHaveLength(1);
    expect(new Set(statuses(tabs))).toEqual(new Set(["signed-in"]));
  });

  it("of two clients of one page agree, too", async () => {
    const pages = openPages("hybrid", { transports: ["header"] });
    const storage = localStorage;
    const [one, other] = await open(pages, 2, { transport: "header", storage });
    await one?.signUp("password", ada);
    await other?.refresh();
    await one?.refresh();
    expect(await other?.sessions.list()).toMatchObject({ ok: true, data: [{ current: true }] });
    expect(pages.site.eventTypes()).not.toContain("authn_token_reuse");
  });
});

describe("clients that share no session", () => {
  it("tell each other nothing where they keep tokens for themselves", async () => {
    const pages = openPages("stateful", { transports: ["header"] });
    const [one, other] = await open(pages, 2, { transport: "header" });
    await one?.signUp("password", ada);
    await pages.settle();
    expect([one?.$session.get().status, other?.$session.get().status]).toEqual(["signed-in", "signed-out"]);
    expect(pages.told).toEqual([]);
  });

  it("tell each other nothing elsewhere than in a page, where each may be another user's", async () => {
    const pages = await signedIn("stateful");
    const { fetch } = pages;
    Reflect.deleteProperty(globalThis, "document");
    const options = { baseURL: "https://app.example", fetch };
    const [one, other] = [createClient(options), createClient(options)];
    expect(await one.signIn("password", { email, password })).toMatchObject({ ok: true });
    await pages.settle();
    expect([one.$session.get().status, other.$session.get().status]).toEqual(["signed-in", "pending"]);
    expect(pages.told).toEqual([]);
  });

  it("with cookies and with tokens are apart", async () => {
    const pages = openPages("stateful", { transports: ["cookie", "header"] });
    const [cookies] = await open(pages, 1);
    const [tokens] = await open(pages, 1, { transport: "header", storage: localStorage });
    await tokens?.signUp("password", ada);
    await pages.settle();
    expect([cookies?.$session.get().status, tokens?.$session.get().status]).toEqual([
      "signed-out",
      "signed-in",
    ]);
  });
});

import { afterEach, describe, expect, it, vi } from "vitest";
import {
  closePages,
  hold,
  openPages,
  signedIn,
  type TestClient,
  type TestPages,
} from "./client-test-kit.fixture.ts";

const minute = 60_000;

afterEach(closePages);

/** Opens tabs that look at the session. */
async function open(pages: TestPages, count: number): Promise<TestClient[]> {
  const tabs = Array.from({ length: count }, () => pages.tab({ events: false }));
  for (const tab of tabs) tab.subscribe(() => {});
  await pages.settle();
  pages.asked();
  return tabs;
}

/** Chance that gives each another number, all of them so small that what falls due does so nearly at once. */
function drawsNearly(): void {
  let drawn = 0;
  vi.mocked(Math.random).mockImplementation(() => ((drawn += 7) % 40) / 1000);
}

/** Chance in a known order. */
function draws(...numbers: number[]): void {
  vi.mocked(Math.random).mockImplementation(() => numbers.shift() ?? 0.5);
}

const refreshes = (asked: readonly string[]): number =>
  asked.filter((name) => name === "POST /refresh").length;
const statuses = (tabs: readonly TestClient[]): string[] => tabs.map(({ $session }) => $session.get().status);

describe.each([true, false])("tabs without locks, with a channel: %s", (channel) => {
  const stubs = { locks: false, channel };

  it("that fall due in the same moment renew once, also where the server is slow", async () => {
    const pages = await signedIn("hybrid", {}, stubs);
    const tabs = await open(pages, 5);
    const answer = hold(pages, "POST /refresh");
    drawsNearly();
    await pages.pass(14 * minute, 84);
    await pages.pass(2000, 20);
    answer();
    await pages.pass(2000, 20);
    expect(refreshes(pages.asked())).toBe(1);
    expect(new Set(statuses(tabs))).toEqual(new Set(["signed-in"]));
  });

  it("wait for one that is at it already, whatever number they draw", async () => {
    const pages = await signedIn("stateful", {}, stubs);
    await open(pages, 2);
    const answer = hold(pages, "GET /session");
    // The second begins half a second later, and draws less.
    draws(0, 0.25, 0.9, 0.1);
    await pages.pass(5 * minute, 60);
    await pages.pass(3000, 30);
    answer();
    await pages.pass(2000, 20);
    expect(pages.asked()).toEqual(["GET /session"]);
  });

  it("ask for themselves where the one that began finds nothing out", async () => {
    const pages = await signedIn("stateful", {}, stubs);
    const tabs = await open(pages, 2);
    pages.offline = true;
    drawsNearly();
    await pages.pass(5 * minute, 60);
    await pages.pass(500, 5);
    expect(pages.asked().slice(0, 2)).toEqual(["GET /session", "GET /session"]);
    pages.offline = false;
    await pages.pass(40_000, 40);
    for (const tab of tabs) expect(tab.$session.get()).toMatchObject({ status: "signed-in", error: null });
  });

  it("leave nothing open once they are done", async () => {
    const pages = await signedIn("stateful", {}, stubs);
    const [client] = await open(pages, 1);
    await pages.pass(5 * minute + 1000, 61);
    expect(pages.asked()).toEqual(["GET /session"]);
    client?.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a tab without locks whose user asks", () => {
  it("does not wait for the others", async () => {
    const pages = openPages("hybrid", {}, { locks: false });
    const client = pages.tab({ events: false });
    const { email, password } = { email: "ada@example.com", password: "correct horse battery" };
    await client.signUp("password", { email, password });
    expect(await client.refresh()).toMatchObject({ ok: true, data: { user: { email } } });
  });
});

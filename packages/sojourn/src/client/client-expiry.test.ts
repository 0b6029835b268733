import { afterEach, describe, expect, it, vi } from "vitest";
import type { EndReason } from "../domain/session.ts";
import { ada, strategies } from "../http/http-test-kit.fixture.ts";
import { closePages, openPages, signedIn } from "./client-test-kit.fixture.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const quiet = { events: false, refetchInterval: 0 };

afterEach(closePages);

describe.each(strategies)("a %s session that is left alone", (strategy) => {
  it.each([
    ["right", 0],
    ["three hours slow", 3 * hour],
    ["three hours fast", -3 * hour],
  ])("ends on the page when it ends at the server, by a clock that is %s", async (_, skew) => {
    const pages = openPages(strategy, { session: { idleTimeout: "30m", absoluteTimeout: "2h" } });
    pages.skew = skew;
    const client = pages.tab(quiet);
    const ended = vi.fn<(reason: EndReason | null) => void>();
    client.onExpired(ended);
    await client.signUp("password", ada);
    // What the app sees of time is the server's.
    expect(Math.abs(client.now() - (Date.now() + skew))).toBeLessThan(1000);
    pages.asked();
    // Renewal takes a user who does something; nobody does.
    await pages.fire("pointerdown");
    await pages.pass(29 * minute, 29);
    const renewed = pages.asked().length;
    expect(client.$session.get().status).toBe("signed-in");
    await pages.pass(35 * minute, 35);
    expect(client.$session.get()).toMatchObject({ status: "signed-out", reason: "idle" });
    expect(ended.mock.calls).toEqual([["idle"]]);
    expect(renewed).toBeLessThanOrEqual(1);
  });

  it("lasts while its user does something now and then, to the absolute end and no longer", async () => {
    const pages = openPages(strategy, { session: { idleTimeout: "30m", absoluteTimeout: "4h" } });
    const client = pages.tab(quiet);
    const ended = vi.fn<(reason: EndReason | null) => void>();
    client.onExpired(ended);
    await client.signUp("password", ada);
    for (let step = 0; step < 23; step += 1) {
      await pages.pass(10 * minute, 2);
      await pages.fire("keydown");
      expect(client.$session.get().status).toBe("signed-in");
    }
    await pages.pass(11 * minute, 11);
    expect(client.$session.get()).toMatchObject({ status: "signed-out", reason: "expired" });
    expect(ended.mock.calls).toEqual([["expired"]]);
  });

  it("of sixty days is neither over at once, nor asked about all the time", async () => {
    const pages = openPages(strategy, { session: { idleTimeout: "60d", absoluteTimeout: "60d" } });
    const client = pages.tab(quiet);
    client.subscribe(() => {});
    await client.signUp("password", { ...ada, remember: true });
    pages.asked();
    pages.visibility = "hidden";
    await pages.pass(59 * day, 59);
    expect(client.$session.get().status).toBe("signed-in");
    expect(pages.asked().length).toBeLessThanOrEqual(60);
    await pages.pass(day + minute, 3);
    expect(client.$session.get().status).toBe("signed-out");
  });
});

describe("a page whose clock is changed", () => {
  it("goes on where the clock was set back by hours", async () => {
    const pages = await signedIn("hybrid");
    const client = pages.tab({ events: false });
    client.subscribe(() => {});
    await pages.settle();
    vi.setSystemTime(Date.now() - 5 * hour);
    pages.skew = 5 * hour;
    pages.asked();
    await pages.pass(minute, 2);
    expect(pages.asked()).toEqual(["GET /session"]);
    expect(Math.abs(client.now() - (Date.now() + pages.skew))).toBeLessThan(1000);
    await pages.fire("pointerdown");
    await pages.pass(20 * minute, 20);
    expect(pages.asked()).toContain("POST /refresh");
    expect(client.$session.get().status).toBe("signed-in");
  });

  it("loses no session with tokens, whose expiry it then takes for later than it is", async () => {
    const pages = openPages("hybrid", { transports: ["header"] });
    const client = pages.tab({ ...quiet, transport: "header" });
    client.subscribe(() => {});
    await client.signUp("password", ada);
    vi.setSystemTime(Date.now() - 5 * hour);
    pages.skew = 5 * hour + 20 * minute;
    expect(await client.getSession()).toMatchObject({ ok: true, data: { user: { email: ada.email } } });
    expect(client.$session.get().status).toBe("signed-in");
  });
});

describe("onExpired", () => {
  it("is not called for a user who signed out, in whatever tab", async () => {
    const pages = await signedIn("stateful");
    const tabs = [pages.tab(quiet), pages.tab(quiet)];
    const ended = vi.fn<(reason: EndReason | null) => void>();
    for (const tab of tabs) tab.onExpired(ended);
    await pages.settle();
    await tabs[0]?.signOut();
    await pages.settle();
    expect(ended).not.toHaveBeenCalled();
  });

  it("is called in every tab, once, with why", async () => {
    const pages = await signedIn("stateful");
    const tabs = [pages.tab(quiet), pages.tab(quiet)];
    const ended = vi.fn<(reason: EndReason | null) => void>();
    for (const tab of tabs) tab.onExpired(ended);
    await pages.settle();
    const userId = tabs[0]?.$session.get().user?.id ?? "";
    await pages.site.auth.sessions.revokeAll(userId, { reason: "revoked_by_admin" });
    await tabs[1]?.sessions.list();
    await pages.settle();
    expect(ended.mock.calls).toEqual([["revoked_by_admin"], ["revoked_by_admin"]]);
  });

  it("keeps being told where another listener throws", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab(quiet);
    const uncaught: unknown[] = [];
    vi.stubGlobal("queueMicrotask", (act: () => void) => {
      try {
        act();
      } catch (error) {
        uncaught.push(error);
      }
    });
    client.onExpired(() => {
      throw new Error("broken");
    });
    const ended = vi.fn<() => void>();
    client.onExpired(ended);
    await pages.settle();
    await pages.site.auth.sessions.revokeAll(client.$session.get().user?.id ?? "");
    expect(await client.getSession()).toMatchObject({ ok: true, data: null });
    expect([ended.mock.calls.length, uncaught.length]).toEqual([1, 1]);
  });
});

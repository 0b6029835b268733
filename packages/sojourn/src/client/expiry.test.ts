// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SessionReply } from "../contract/types.ts";
import { createClient } from "./client.ts";
import { type ExpiryOptions, type ExpiryWatch, halfHour, warnBeforeUnload, watchExpiry } from "./expiry.ts";

const minute = 60_000;
const start = Date.parse("2026-01-01T12:00:00Z");
const page = globalThis as unknown as {
  readonly window: { dispatchEvent(event: Event): boolean };
};

// The pretended browser has null there, real ones have locks or nothing.
Object.defineProperty(navigator, "locks", { value: undefined });

/** What the server holds of the one session; null when it is over. */
let live: { idleExpiresAt: number; absoluteExpiresAt: number } | null;
let asked: string[];
let serverAhead: number;
let isOut: boolean;
let watches: ExpiryWatch[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: start });
  live = { idleExpiresAt: start + 60 * minute, absoluteExpiresAt: start + 600 * minute };
  asked = [];
  serverAhead = 0;
  isOut = false;
  watches = [];
});
afterEach(() => {
  for (const watch of watches) watch.stop();
  vi.useRealTimers();
});

function reply(): SessionReply | null {
  if (live === null) return null;
  const now = Date.now() + serverAhead;
  const iso = (time: number): string => new Date(time).toISOString();
  const idleExpiresAt = iso(live.idleExpiresAt + serverAhead);
  const absoluteExpiresAt = iso(live.absoluteExpiresAt + serverAhead);
  const times = { createdAt: iso(now), authTime: iso(now), lastSeenAt: iso(start + serverAhead) };
  const session = { sid: "sid-1", userId: "u1", ...times, idleExpiresAt, absoluteExpiresAt };
  return {
    session: { ...session, expiresAt: idleExpiresAt < absoluteExpiresAt ? idleExpiresAt : absoluteExpiresAt },
    user: { id: "u1" },
    serverTime: iso(now),
    renewal: null,
  } as unknown as SessionReply;
}

async function answer(url: string, method = "GET"): Promise<Response> {
  const name = `${method} ${new URL(url).pathname.replace("/auth", "")}`;
  asked.push(name);
  if (isOut) throw new TypeError("fetch failed");
  const now = Date.now();
  if (live && now >= Math.min(live.idleExpiresAt, live.absoluteExpiresAt)) live = null;
  if (name === "POST /sign-out") {
    live = null;
    return Response.json({ ended: 1 });
  }
  if (name === "POST /refresh" && live)
    live = { ...live, idleExpiresAt: Math.min(now + 60 * minute, live.absoluteExpiresAt) };
  return Response.json(reply());
}

/** One tab: a client that was told who is signed in, and the watch over its end. */
async function tab(options?: ExpiryOptions) {
  const client = createClient({
    baseURL: "https://app.example",
    events: false,
    hint: false,
    refetchInterval: 0,
    refetchOnWindowFocus: false,
    initial: serverAhead === 0 ? reply() : null,
    fetch: (input, init) => answer(input as string, init?.method),
  });
  await pass(1);
  if (serverAhead !== 0) await client.getSession();
  const watch = watchExpiry(client, options);
  watches.push(watch);
  await settle();
  asked = [];
  return { client, watch, state: () => watch.$expiry.get() };
}

/** Messages between tabs travel outside of timers. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i += 1)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  await vi.advanceTimersByTimeAsync(0);
}
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await settle();
}
async function act(type = "pointerdown"): Promise<void> {
  page.window.dispatchEvent(new Event(type));
  await settle();
}

describe("the watch over the end of a session", () => {
  it("says nothing while the end is far, then counts the seconds", async () => {
    const warned = vi.fn<() => void>();
    const { state } = await tab({ onWarn: warned });
    expect(state()).toEqual({ status: "active" });
    await pass(55 * minute - 2);
    expect(state()).toEqual({ status: "active" });
    await pass(1);
    const endsAt = new Date(start + 60 * minute).toISOString();
    expect(state()).toEqual({ status: "warning", endsAt, secondsLeft: 300, canStay: true });
    await pass(1000);
    expect(state()).toMatchObject({ secondsLeft: 299 });
    await pass(298_000);
    expect(state()).toMatchObject({ secondsLeft: 1 });
    expect(warned).toHaveBeenCalledTimes(1);
  });

  it("goes by the server's clock, however wrong this machine's is", async () => {
    serverAhead = -5 * 60 * minute;
    const { state } = await tab();
    await pass(54 * minute);
    expect(state()).toEqual({ status: "active" });
    await pass(minute);
    expect(state()).toMatchObject({
      status: "warning",
      secondsLeft: 300,
      endsAt: new Date(start + 60 * minute + serverAhead).toISOString(),
    });
  });

  it("asks the server before it warns, once, and stays quiet if that knows of something newer", async () => {
    const { state } = await tab();
    live!.idleExpiresAt += 30 * minute;
    await pass(55 * minute);
    expect(state()).toEqual({ status: "active" });
    expect(asked).toEqual(["GET /session"]);
    await pass(30 * minute);
    expect(state()).toMatchObject({ status: "warning", secondsLeft: 300 });
    await pass(4 * minute);
    expect(asked).toEqual(["GET /session", "GET /session"]);
  });

  it("warns also where the server cannot be asked, and takes that for no end", async () => {
    const over = vi.fn<() => void>();
    const { state, client } = await tab({ onOver: over });
    isOut = true;
    await pass(70 * minute);
    expect(state()).toMatchObject({ status: "warning", secondsLeft: 0 });
    expect(client.$session.get().session).not.toBeNull();
    const tries = asked.length;
    expect(tries).toBeLessThan(80);
    isOut = false;
    await pass(minute);
    expect(state()).toEqual({ status: "over", reason: "idle" });
    expect(over.mock.calls).toEqual([["idle"]]);
  });

  it("lets the user stay", async () => {
    const { state, watch } = await tab();
    await pass(56 * minute);
    expect((await watch.stay()).ok).toBe(true);
    await settle();
    expect(state()).toEqual({ status: "active" });
    expect(asked).toContain("POST /refresh");
    await pass(56 * minute);
    expect(state()).toMatchObject({ status: "warning" });
  });

  it("says that nothing puts off the absolute end, and why it is over", async () => {
    live = { idleExpiresAt: start + 60 * minute, absoluteExpiresAt: start + 60 * minute };
    const { state, watch } = await tab();
    await pass(56 * minute);
    expect(state()).toMatchObject({ status: "warning", canStay: false });
    await watch.stay();
    expect(state()).toMatchObject({ status: "warning", canStay: false });
    await pass(5 * minute);
    expect(state()).toEqual({ status: "over", reason: "expired" });
  });

  it("does not warn for longer than half of a short idle timeout", async () => {
    live!.idleExpiresAt = start + 4 * minute;
    const { state } = await tab();
    expect(state()).toEqual({ status: "active" });
    await pass(2 * minute);
    expect(state()).toMatchObject({ status: "warning", secondsLeft: 120 });
  });

  it("begins anew with the next session, and says nothing of one that the user ended", async () => {
    const over = vi.fn<() => void>();
    const { state, client } = await tab({ onOver: over });
    await pass(56 * minute);
    await client.signOut();
    expect(state()).toEqual({ status: "none" });
    live = { idleExpiresAt: Date.now() + 60 * minute, absoluteExpiresAt: Date.now() + 600 * minute };
    await pass(1);
    await client.getSession();
    expect(state()).toEqual({ status: "active" });
    expect(over).not.toHaveBeenCalled();
  });

  it("refuses durations that make no sense", async () => {
    const { client } = await tab();
    expect(() => watchExpiry(client, { warnBefore: "soon" as never })).toThrow(/warnBefore must be/);
    expect(() => watchExpiry(client, { idleTimeout: "5m" })).toThrow(/warnBefore must be shorter/);
  });
});

describe("the page's own idle time", () => {
  beforeEach(() => {
    live = { idleExpiresAt: start + 7000 * minute, absoluteExpiresAt: start + 9000 * minute };
  });

  it("warns after 25 minutes, and signs out at the server after 30", async () => {
    const over = vi.fn<() => void>();
    const { state, client } = await tab({ ...halfHour, onOver: over });
    await pass(25 * minute);
    expect(state()).toMatchObject({ status: "warning", secondsLeft: 300, canStay: true });
    await pass(5 * minute + 1000);
    expect(state()).toEqual({ status: "over", reason: "idle" });
    expect(asked).toEqual(["POST /sign-out"]);
    expect(client.$session.get().session).toBeNull();
    expect(over.mock.calls).toEqual([["idle"]]);
  });

  it.each(["pointerdown", "keydown", "touchstart", "scroll", "wheel"])(
    "is begun anew by %s",
    async (type) => {
      const { state } = await tab(halfHour);
      await pass(29 * minute);
      await act(type);
      expect(state(), "what was pressed may be a button of the warning").toMatchObject({ status: "warning" });
      await pass(100);
      expect(state()).toEqual({ status: "active" });
      await pass(24 * minute);
      expect(state()).toEqual({ status: "active" });
    },
  );

  it("is not begun anew by what the page asks by itself", async () => {
    const { client, state } = await tab(halfHour);
    for (let i = 0; i < 28; i += 1) {
      await pass(minute);
      await client.getSession();
    }
    expect(state()).toMatchObject({ status: "warning" });
    await pass(3 * minute);
    expect(state()).toMatchObject({ status: "over" });
  });

  it("counts what is done in any tab", async () => {
    const [one, other] = [await tab(halfHour), await tab(halfHour)];
    await pass(29 * minute);
    await one.watch.stay();
    await settle();
    expect([one.state(), other.state()]).toEqual([{ status: "active" }, { status: "active" }]);
    await pass(24 * minute);
    expect([one.state(), other.state()]).toEqual([{ status: "active" }, { status: "active" }]);
  });

  it("is over for whoever comes back too late to a machine that slept", async () => {
    const { state, watch } = await tab(halfHour);
    // No timer runs while a machine sleeps.
    vi.setSystemTime(start + 31 * minute);
    page.window.dispatchEvent(new Event("pointerdown"));
    await watch.stay();
    await pass(1000);
    expect(state()).toEqual({ status: "over", reason: "idle" });
    expect(asked).not.toContain("POST /refresh");
    expect(asked).toContain("POST /sign-out");
  });

  it("is brought about later where the server cannot be reached", async () => {
    const { state, client } = await tab(halfHour);
    isOut = true;
    await pass(31 * minute);
    expect(state()).toEqual({ status: "over", reason: "idle" });
    expect(client.$session.get().session).not.toBeNull();
    await act();
    expect(state()).toEqual({ status: "over", reason: "idle" });
    isOut = false;
    await pass(minute);
    expect(client.$session.get().session).toBeNull();
  });
});

describe("the warning before a page is left", () => {
  it("is given while somebody is signed in and the app wants it, and never else", async () => {
    const { client } = await tab();
    let isChanged = true;
    const stop = warnBeforeUnload(client, () => isChanged);
    const leave = (): unknown => {
      const event = Object.assign(new Event("beforeunload", { cancelable: true }), {
        returnValue: "" as unknown,
      });
      page.window.dispatchEvent(event);
      return event.returnValue;
    };
    expect(leave()).toBe(true);
    isChanged = false;
    expect(leave()).toBe("");
    isChanged = true;
    await client.signOut();
    expect(leave()).toBe("");
    stop();
  });
});

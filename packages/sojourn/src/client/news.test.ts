import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callsOf } from "./calls.ts";
import type { Answer, Connection } from "./connection.ts";
import { renew } from "./renewal.ts";
import { failure, success } from "./result.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { isNews, type Knowledge } from "./session-state.ts";

/** What happens: who asks what when, how long it is on its way, and how long the answer is. All in ms. */
interface Act {
  readonly kind: "read" | "sign-in" | "sign-out" | "renew";
  readonly tab: number;
  readonly at: number;
  readonly there: number;
  readonly back: number;
}

const delay = fc.integer({ min: 1, max: 400 });
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom("read", "sign-in", "sign-out", "renew"),
  tab: fc.nat(1),
  at: fc.nat(1000),
  there: delay,
  back: delay,
});

beforeEach(() => vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => vi.useRealTimers());

/** A server, a browser with one cookie, and two tabs that hear each other at once. */
function createWorld() {
  const alive = new Set<number>();
  /** Sessions by the order in which their cookies came. */
  const ranks = new Map<number, number>();
  let cookie: number | null = null;
  let made = 0;

  /** One request, with the way there and the way back. */
  async function travel(path: string, there: number, back: number): Promise<Answer<never>> {
    const askedAt = Date.now() - 0.5;
    const held = cookie;
    await wait(there);
    let sid = held !== null && alive.has(held) ? held : null;
    if (path === "/sign-in/password") alive.add((sid = made += 1));
    if (path === "/sign-out" && held !== null) alive.delete(held);
    const serverTime = new Date().toISOString();
    await wait(back);
    if (path === "/sign-in/password" && sid !== null) ranks.set((cookie = sid), ranks.size + 1);
    if (path === "/sign-out") cookie = null;
    const reply = sid === null ? null : { session: { sid: String(sid) }, serverTime, renewal: null };
    const refused = { code: "unauthenticated", status: 401, message: "" };
    const result = sid === null && path === "/refresh" ? failure(refused) : success(reply);
    return {
      result,
      askedAt,
      answeredAt: Date.now(),
      endReason: null,
      issued: null,
    } as unknown as Answer<never>;
  }

  const tabs = [0, 1].map(() => {
    const ways: Pick<Act, "there" | "back">[] = [];
    const connection = {
      tokens: null,
      call: (_: string, path: string) => {
        const { there, back } = ways.shift() ?? { there: 1, back: 1 };
        return travel(path, there, back);
      },
    } as unknown as Connection;
    const keeper = new SessionKeeper({
      connection,
      name: "",
      shared: false,
      watch: () => () => {},
      renew: () => renew(keeper),
    });
    const calls = callsOf(connection, keeper, "cookie");
    const shown: (number | null)[] = [];
    keeper.$session.subscribe(({ status, session }) => {
      const now = session === null ? null : Number(session.sid);
      if (status !== "pending" && shown.at(-1) !== now) shown.push(now);
    });
    const acts = {
      read: () => keeper.read(),
      renew: () => keeper.renew(),
      "sign-in": () => calls.signIn("password"),
      "sign-out": () => calls.signOut(),
    };
    return { keeper, shown, ways, acts };
  });
  for (const { keeper } of tabs)
    Object.assign(keeper, {
      tabs: {
        tell(known: Knowledge) {
          for (const other of tabs) if (other.keeper !== keeper) other.keeper.take(known);
        },
      },
    });
  return {
    tabs,
    ranks,
    truth: () => (cookie !== null && alive.has(cookie) ? cookie : null),
    perform({ kind, tab, there, back }: Omit<Act, "at">): void {
      tabs[tab]?.ways.push({ there, back });
      void tabs[tab]?.acts[kind]();
    },
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("whatever order answers come in", () => {
  it("no session is shown after a later one, or after it was signed out", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 12 }), async (acts) => {
        const { perform, tabs, ranks, truth } = createWorld();
        for (const one of acts) setTimeout(() => perform(one), one.at);
        await vi.advanceTimersByTimeAsync(5000);
        for (const { shown } of tabs) {
          const sessions = shown.flatMap((sid) => (sid === null ? [] : [ranks.get(sid)]));
          // Each at most once, and in the order in which they began.
          expect(sessions).toEqual(
            [...new Set(sessions)].toSorted((one, other) => Number(one) - Number(other)),
          );
        }
        // One more look shows what is so.
        for (const tab of [0, 1]) perform({ kind: "read", tab, there: 1, back: 1 });
        await vi.advanceTimersByTimeAsync(10);
        for (const { keeper } of tabs)
          expect(Number(keeper.known?.reply?.session.sid ?? 0)).toBe(truth() ?? 0);
      }),
      { numRuns: 500 },
    );
  });
});

describe("an answer", () => {
  const known = { reply: null, reason: null, asOf: 1000, ahead: 0 };

  it("is news if it is about the same moment or a later one", () => {
    expect(isNews({ ...known, asOf: 1000 }, known, 2000)).toBe(true);
    expect(isNews({ ...known, asOf: 999.5 }, known, 2000)).toBe(false);
    expect(isNews(known, null, 0)).toBe(true);
  });

  it("is news after the clock was set back, or nothing would ever be again", () => {
    expect(isNews({ ...known, asOf: -5000 }, known, -4000)).toBe(true);
  });
});

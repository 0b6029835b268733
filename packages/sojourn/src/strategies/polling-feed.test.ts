import { describe, expect, it } from "vitest";
import { SojournError } from "../domain/errors.ts";
import type { RevocationListener } from "../ports/revocation-feed.ts";
import type { RevocationSignals, SessionStore } from "../ports/session-store.ts";
import { memory } from "../stores/memory/index.ts";
import { type FakeClock, fakeClock, sampleSession } from "../testing/index.ts";
import { PollingFeed } from "./polling-feed.ts";

interface Heard extends RevocationListener {
  readonly sids: string[];
  caughtUpAt: number;
}

function listening(): Heard {
  const heard: Heard = {
    sids: [],
    caughtUpAt: Number.NEGATIVE_INFINITY,
    revoked: (revocations) => void heard.sids.push(...revocations.map(({ sid }) => sid)),
    noticed: () => undefined,
    caughtUp: (at) => void (heard.caughtUpAt = at),
  };
  return heard;
}

async function revokeOne(store: SessionStore, clock: FakeClock): Promise<string> {
  const session = sampleSession({ createdAt: clock.now() });
  await store.create(session, null);
  await store.revoke(session.sid, clock.now(), "revoked");
  return session.sid;
}

describe("the polling feed", () => {
  it("brings what was revoked before it began, and then what is new, in order", async () => {
    const clock = fakeClock();
    const store = memory().sessions;
    const before = await revokeOne(store, clock);
    const heard = listening();
    const feed = new PollingFeed(store, null, clock, 500, () => {});
    feed.start(heard);
    expect(heard.sids).toEqual([before]);
    const after = [await revokeOne(store, clock), await revokeOne(store, clock)];
    await clock.advance(500);
    expect(heard.sids).toEqual([before, ...after]);
    expect(heard.caughtUpAt).toBe(clock.now());
    feed.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("reads page after page until nothing is waiting", async () => {
    const clock = fakeClock();
    const store = memory().sessions;
    for (let n = 0; n < 2500; n += 1) await revokeOne(store, clock);
    const heard = listening();
    const feed = new PollingFeed(store, null, clock, 500, () => {});
    feed.start(heard);
    expect(heard.sids).toHaveLength(2500);
    feed.stop();
  });

  it("is not caught up while the store fails, says so, and misses nothing afterwards", async () => {
    const clock = fakeClock();
    const store = memory().sessions;
    let down = true;
    const flaky = {
      revokedSince: (cursor: string | null, limit: number) =>
        down ? Promise.reject(new SojournError("store_unavailable")) : store.revokedSince(cursor, limit),
    } as unknown as SessionStore;
    const failures: unknown[] = [];
    const heard = listening();
    const feed = new PollingFeed(flaky, null, clock, 500, (error) => void failures.push(error));
    feed.start(heard);
    await clock.advance(1200);
    expect(failures.length).toBeGreaterThanOrEqual(2);
    expect(heard.caughtUpAt).toBe(Number.NEGATIVE_INFINITY);
    const sid = await revokeOne(store, clock);
    down = false;
    await clock.advance(500);
    expect(heard.sids).toEqual([sid]);
    feed.stop();
  });

  it("vouches only for the moment at which a slow poll began", async () => {
    const clock = fakeClock();
    const begun = clock.now();
    let answer: () => void = () => {};
    const slow = {
      revokedSince: () =>
        new Promise(
          (resolve) => (answer = () => resolve({ revocations: [], notices: [], cursor: null, more: false })),
        ),
    } as unknown as SessionStore;
    const heard = listening();
    const feed = new PollingFeed(slow, null, clock, 500, () => {});
    feed.start(heard);
    await clock.advance(1800);
    answer();
    await clock.advance(0);
    expect(heard.caughtUpAt).toBe(begun);
    feed.stop();
  });

  describe("with a store that calls out", () => {
    interface Caller extends RevocationSignals {
      call(): void;
      fail(error: unknown): void;
      readonly listening: boolean;
    }

    function caller(): Caller {
      let signal: (() => void) | null = null;
      let fail: (error: unknown) => void = () => {};
      return {
        listen(onSignal, onFailure) {
          signal = onSignal;
          fail = onFailure;
          return () => void (signal = null);
        },
        call: () => signal?.(),
        fail: (error) => fail(error),
        get listening() {
          return signal !== null;
        },
      };
    }

    it("reads at once, without waiting for its turn", async () => {
      const clock = fakeClock();
      const store = memory().sessions;
      const heard = listening();
      const signals = caller();
      const feed = new PollingFeed(store, signals, clock, 500, () => {});
      feed.start(heard);
      const sid = await revokeOne(store, clock);
      expect(heard.sids).toEqual([]);
      signals.call();
      expect(heard.sids).toEqual([sid]);
      expect(clock.pendingTimers).toBe(1);
      feed.stop();
      expect([signals.listening, clock.pendingTimers]).toEqual([false, 0]);
      signals.call();
    });

    it("reads once more after a poll that was under way, for any number of calls", async () => {
      const clock = fakeClock();
      const answers: (() => void)[] = [];
      const slow = {
        revokedSince: () =>
          new Promise((resolve) =>
            answers.push(() => resolve({ revocations: [], notices: [], cursor: null, more: false })),
          ),
      } as unknown as SessionStore;
      const signals = caller();
      const feed = new PollingFeed(slow, signals, clock, 500, () => {});
      feed.start(listening());
      for (let calls = 0; calls < 5; calls += 1) signals.call();
      expect(answers).toHaveLength(1);
      answers[0]?.();
      await clock.advance(0);
      expect(answers).toHaveLength(2);
      answers[1]?.();
      await clock.advance(499);
      expect(answers).toHaveLength(2);
      await clock.advance(1);
      expect(answers).toHaveLength(3);
      feed.stop();
    });

    it("goes on polling while the calls fail, and says that they do", async () => {
      const clock = fakeClock();
      const store = memory().sessions;
      const heard = listening();
      const failures: unknown[] = [];
      const signals = caller();
      const feed = new PollingFeed(store, signals, clock, 500, (error) => void failures.push(error));
      feed.start(heard);
      signals.fail(new Error("cut"));
      const sid = await revokeOne(store, clock);
      await clock.advance(500);
      expect([heard.sids, failures.length, heard.caughtUpAt]).toEqual([[sid], 1, clock.now()]);
      feed.stop();
    });
  });
});

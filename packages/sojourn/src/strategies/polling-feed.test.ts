import { describe, expect, it } from "vitest";
import { SojournError } from "../domain/errors.ts";
import type { RevocationListener } from "../ports/revocation-feed.ts";
import type { SessionStore } from "../ports/session-store.ts";
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
    const feed = new PollingFeed(store, clock, 500, () => {});
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
    const feed = new PollingFeed(store, clock, 500, () => {});
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
    const feed = new PollingFeed(flaky, clock, 500, (error) => void failures.push(error));
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
        new Promise((resolve) => (answer = () => resolve({ revocations: [], cursor: null, more: false }))),
    } as unknown as SessionStore;
    const heard = listening();
    const feed = new PollingFeed(slow, clock, 500, () => {});
    feed.start(heard);
    await clock.advance(1800);
    answer();
    await clock.advance(0);
    expect(heard.caughtUpAt).toBe(begun);
    feed.stop();
  });
});

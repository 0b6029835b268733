import { describe, expect, it } from "vitest";
import type { RevocationFeed, RevocationListener } from "../ports/revocation-feed.ts";
import type { Revocation } from "../ports/session-store.ts";
import { LocalRevocations } from "./local-revocations.ts";

const lag = 2000;
const tokenLife = 900_000;

/** A feed that says what the test tells it to. */
class ScriptedFeed implements RevocationFeed {
  listener: RevocationListener | null = null;
  starts = 0;
  start(listener: RevocationListener): void {
    this.starts += 1;
    this.listener = listener;
  }
  stop(): void {
    this.listener = null;
  }
}

const revocation = (sid: string, endedAt = 0): Revocation => ({
  sid,
  userId: "ada",
  reason: "revoked",
  endedAt,
  expiresAt: 1e12,
});

describe("the revocations that a node knows of", () => {
  it("vouches for a session only while the news is fresh", () => {
    const feed = new ScriptedFeed();
    const revocations = new LocalRevocations(feed, lag, tokenLife);
    expect(revocations.standing("a", 10_000)).toBe("stale");
    feed.listener?.caughtUp(10_000);
    expect(revocations.standing("a", 12_000)).toBe("clear");
    expect(revocations.standing("a", 12_001)).toBe("stale");
  });

  it("knows a revoked session even while the news is old", () => {
    const revocations = new LocalRevocations(new ScriptedFeed(), lag, tokenLife);
    revocations.revoked([revocation("a")]);
    expect(revocations.standing("a", 1e9)).toMatchObject({ sid: "a", reason: "revoked" });
    expect(revocations.standing("b", 1e9)).toBe("stale");
  });

  it("keeps nothing of what ended so long ago that its tokens are dead", () => {
    const revocations = new LocalRevocations(new ScriptedFeed(), lag, tokenLife);
    const now = 30 * 86_400_000;
    const month = Array.from({ length: 1000 }, (_, at) => revocation(`old-${at}`, at * 1000));
    revocations.revoked([...month, revocation("new", now - tokenLife + 1)], now);
    expect(revocations.size).toBe(1);
    expect(revocations.standing("new", now)).toMatchObject({ sid: "new" });
  });

  it("starts its feed with the first question, and believes what it hears at once", () => {
    const feed: RevocationFeed = {
      start: (listener) => {
        listener.revoked([revocation("a")]);
        listener.caughtUp(5);
      },
      stop: () => {},
    };
    const revocations = new LocalRevocations(feed, lag, tokenLife);
    expect(revocations.standing("a", 5)).toMatchObject({ reason: "revoked" });
    expect(revocations.standing("b", 5)).toBe("clear");
  });

  it("tells listeners of each session once, however often the feed repeats it", () => {
    const revocations = new LocalRevocations(new ScriptedFeed(), lag, tokenLife);
    const heard: string[] = [];
    const stop = revocations.onRevoked(({ sid }) => void heard.push(sid));
    revocations.revoked([revocation("a"), revocation("b")]);
    revocations.revoked([revocation("a")]);
    stop();
    revocations.revoked([revocation("c")]);
    expect(heard).toEqual(["a", "b"]);
  });

  it("forgets a session when its last token would have died, not before", () => {
    const revocations = new LocalRevocations(new ScriptedFeed(), lag, tokenLife);
    for (let n = 0; n < 1000; n += 1) revocations.revoked([revocation(`s${n}`, n * 1000)]);
    revocations.caughtUp(tokenLife - 1);
    expect(revocations.standing("s0", tokenLife - 1)).toMatchObject({ sid: "s0" });
    revocations.caughtUp(tokenLife + 500_000);
    expect(revocations.standing("s0", tokenLife + 500_000)).toBe("clear");
    expect(revocations.standing("s501", tokenLife + 500_000)).toMatchObject({ sid: "s501" });
    expect(revocations.size).toBe(499);
  });

  it("does not take old news for fresh when the clock is set back", () => {
    const revocations = new LocalRevocations(new ScriptedFeed(), lag, tokenLife);
    revocations.caughtUp(3_600_000);
    expect(revocations.standing("a", 10_000)).toBe("stale");
    revocations.caughtUp(10_000);
    expect(revocations.standing("a", 12_000)).toBe("clear");
  });
});

import { describe, expect, it } from "vitest";
import type { RevocationFeed, RevocationListener } from "../ports/revocation-feed.ts";
import type { Notice, Revocation } from "../ports/session-store.ts";
import { LocalRevocations, type RevocableToken } from "./local-revocations.ts";

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

const token = (sid: string, overrides: Partial<RevocableToken> = {}): RevocableToken => ({
  sid,
  userId: "ada",
  issuedAt: 0,
  actor: null,
  ...overrides,
});

describe("the revocations that a node knows of", () => {
  it("vouches for a session only while the news is fresh", () => {
    const feed = new ScriptedFeed();
    const revocations = new LocalRevocations(feed, lag, tokenLife);
    expect(revocations.standing(token("a"), 10_000)).toBe("stale");
    feed.listener?.caughtUp(10_000);
    expect(revocations.standing(token("a"), 12_000)).toBe("clear");
    expect(revocations.standing(token("a"), 12_001)).toBe("stale");
  });

  it("knows a revoked session even while the news is old", () => {
    const revocations = new LocalRevocations(new ScriptedFeed(), lag, tokenLife);
    revocations.revoked([revocation("a")]);
    expect(revocations.standing(token("a"), 1e9)).toMatchObject({ sid: "a", reason: "revoked" });
    expect(revocations.standing(token("b"), 1e9)).toBe("stale");
  });

  it("keeps nothing of what ended so long ago that its tokens are dead", () => {
    const revocations = new LocalRevocations(new ScriptedFeed(), lag, tokenLife);
    const now = 30 * 86_400_000;
    const month = Array.from({ length: 1000 }, (_, at) => revocation(`old-${at}`, at * 1000));
    revocations.revoked([...month, revocation("new", now - tokenLife + 1)], now);
    expect(revocations.size).toBe(1);
    expect(revocations.standing(token("new"), now)).toMatchObject({ sid: "new" });
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
    expect(revocations.standing(token("a"), 5)).toMatchObject({ reason: "revoked" });
    expect(revocations.standing(token("b"), 5)).toBe("clear");
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
    expect(revocations.standing(token("s0"), tokenLife - 1)).toMatchObject({ sid: "s0" });
    revocations.caughtUp(tokenLife + 500_000);
    expect(revocations.standing(token("s0"), tokenLife + 500_000)).toBe("clear");
    expect(revocations.standing(token("s501"), tokenLife + 500_000)).toMatchObject({ sid: "s501" });
    expect(revocations.size).toBe(499);
  });

  it("does not take old news for fresh when the clock is set back", () => {
    const revocations = new LocalRevocations(new ScriptedFeed(), lag, tokenLife);
    revocations.caughtUp(3_600_000);
    expect(revocations.standing(token("a"), 10_000)).toBe("stale");
    revocations.caughtUp(10_000);
    expect(revocations.standing(token("a"), 12_000)).toBe("clear");
  });

  describe("with notices", () => {
    const notice = (overrides: Partial<Notice> = {}): Notice => ({
      topic: "user",
      subject: "ada",
      at: 5000,
      expiresAt: 1e6,
      ...overrides,
    });
    const heard = (notices: readonly Notice[], onKeys?: () => void): LocalRevocations => {
      const feed = new ScriptedFeed();
      const revocations = new LocalRevocations(feed, lag, tokenLife, onKeys);
      revocations.start();
      void feed.listener?.noticed(notices);
      feed.listener?.caughtUp(6000);
      return revocations;
    };

    it("sends tokens to the store that were made before their user changed", () => {
      const revocations = heard([notice()]);
      expect(revocations.standing(token("a", { issuedAt: 4999 }), 6000)).toBe("outdated");
      expect(revocations.standing(token("a", { issuedAt: 5000 }), 6000)).toBe("clear");
      expect(revocations.standing(token("a", { userId: "bob" }), 6000)).toBe("clear");
    });

    it("holds to the latest of several changes, in whatever order they come", () => {
      const revocations = heard([notice({ at: 5500 }), notice({ at: 5000 })]);
      expect(revocations.standing(token("a", { issuedAt: 5200 }), 6000)).toBe("outdated");
    });

    it("asks for no new token in the second of the change, which would look as old", () => {
      const revocations = heard([notice({ at: 5500 })]);
      expect(revocations.standing(token("a", { issuedAt: 5000 }), 5999)).toBe("stale");
      expect(revocations.standing(token("a", { issuedAt: 5000 }), 6000)).toBe("outdated");
      expect(revocations.standing(token("a", { issuedAt: 6000 }), 6000)).toBe("clear");
    });

    it("says that only the store can tell while the news is old, whatever it knows of the user", () => {
      const revocations = heard([notice()]);
      expect(revocations.standing(token("a"), 8001)).toBe("stale");
    });

    it("holds a token also to changes of who acts in its session", () => {
      const revocations = heard([notice({ subject: "root" })]);
      const acting = { actor: { userId: "root", sid: "admins" } };
      expect(revocations.standing(token("a", acting), 6000)).toBe("outdated");
      expect(revocations.standing(token("a", { ...acting, issuedAt: 5000 }), 6000)).toBe("clear");
    });

    it("forgets a change when no token of before can be alive", () => {
      const revocations = heard([notice({ expiresAt: 7000 })]);
      revocations.caughtUp(60_000);
      expect(revocations.standing(token("a"), 60_000)).toBe("clear");
    });

    it("has the ring read again when keys have changed", () => {
      let calls = 0;
      heard([notice({ topic: "keys", subject: "" })], () => {
        calls += 1;
      });
      expect(calls).toBe(1);
      heard([notice()], () => {
        calls += 1;
      });
      expect(calls).toBe(1);
    });
  });

  it("end a session that somebody acts in with the session of who acts", () => {
    const feed = new ScriptedFeed();
    const revocations = new LocalRevocations(feed, lag, tokenLife);
    revocations.start();
    feed.listener?.revoked([{ ...revocation("admins"), userId: "root" }]);
    feed.listener?.caughtUp(0);
    expect(
      revocations.standing(token("child", { actor: { userId: "root", sid: "admins" } }), 5),
    ).toMatchObject({
      sid: "child",
      userId: "ada",
      reason: "parent_ended",
    });
    expect(revocations.standing(token("child", { actor: { userId: "root", sid: "other" } }), 5)).toBe(
      "clear",
    );
  });
});

import { describe, expect, it } from "vitest";
import { type RenewalFacts, renewalOf } from "./renewal.ts";

const now = Date.parse("2026-01-01T12:00:00.000Z");
const minute = 60_000;
const day = 86_400_000;
const iso = (ms: number): string => new Date(ms).toISOString();

function facts(more: Partial<RenewalFacts> = {}): RenewalFacts {
  return {
    strategy: "stateful",
    session: {
      lastSeenAt: iso(now),
      idleExpiresAt: iso(now + 7 * day),
      absoluteExpiresAt: iso(now + 30 * day),
    },
    accessExpiresAt: null,
    accessTokenTtl: 15 * minute,
    touchInterval: minute,
    now,
    ...more,
  };
}

describe("when a client keeps its session going", () => {
  it("slides a stored session after a seventh of its idle timeout", () => {
    expect(renewalOf(facts())).toEqual({ at: iso(now + day), by: "touch" });
  });

  it("makes a self-contained session anew after the same time", () => {
    expect(renewalOf(facts({ strategy: "stateless" }))).toEqual({ at: iso(now + day), by: "refresh" });
  });

  it("replaces an access token a minute before it runs out", () => {
    const accessExpiresAt = now + 15 * minute;
    expect(renewalOf(facts({ strategy: "hybrid", accessExpiresAt }))).toEqual({
      at: iso(now + 14 * minute),
      by: "refresh",
    });
  });

  it("slides a session in between, where its idle timeout is short: a new token alone does not", () => {
    const short = { idleExpiresAt: iso(now + 35 * minute), absoluteExpiresAt: iso(now + day) };
    const session = { lastSeenAt: iso(now), ...short };
    const hybrid = { strategy: "hybrid", session, accessExpiresAt: now + 15 * minute } as const;
    expect(renewalOf(facts(hybrid))).toEqual({ at: iso(now + 5 * minute), by: "touch" });
    const soon = { ...hybrid, accessExpiresAt: now + 3 * minute };
    expect(renewalOf(facts(soon))).toEqual({ at: iso(now + 2 * minute), by: "refresh" });
  });

  it("leaves a short-lived access token at least three quarters of its life", () => {
    const short = { strategy: "hybrid", accessExpiresAt: now + 20_000, accessTokenTtl: 20_000 } as const;
    expect(renewalOf(facts(short))?.at).toBe(iso(now + 15_000));
  });

  it("says now where the refresh token alone still speaks for the session", () => {
    expect(renewalOf(facts({ strategy: "hybrid" }))).toEqual({ at: iso(now), by: "refresh" });
  });

  it("never names a moment that has passed", () => {
    const accessExpiresAt = now + 1000;
    expect(renewalOf(facts({ strategy: "hybrid", accessExpiresAt }))?.at).toBe(iso(now));
  });

  it("says nothing where the absolute end comes first anyway", () => {
    const absoluteExpiresAt = iso(now + day);
    const session = { lastSeenAt: iso(now), idleExpiresAt: absoluteExpiresAt, absoluteExpiresAt };
    expect(renewalOf(facts({ session }))).toBeNull();
    expect(renewalOf(facts({ session, strategy: "stateless" }))).toBeNull();
    expect(renewalOf(facts({ session, strategy: "hybrid", accessExpiresAt: now + day }))).toBeNull();
  });

  it("slides no oftener than a touch is written", () => {
    const session = {
      lastSeenAt: iso(now),
      idleExpiresAt: iso(now + 2 * minute),
      absoluteExpiresAt: iso(now + day),
    };
    expect(renewalOf(facts({ session }))?.at).toBe(iso(now + minute));
  });
});

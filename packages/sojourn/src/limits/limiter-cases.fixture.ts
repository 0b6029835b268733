import { randomBytes } from "node:crypto";
import { type describe, expect, it } from "vitest";
import type { Limit } from "../domain/policy/rate-limits.ts";
import type { RateLimiter } from "../ports/rate-limiter.ts";

/** A limiter under test. */
export interface LimiterUnderTest {
  readonly limiter: RateLimiter;
  /** Makes the time of a key's limit pass. */
  expire(key: string, limit: Limit): Promise<void>;
}

const minute = 60_000;
const limit: Limit = { points: 5, windowMs: 15 * minute };
const newKey = (): string => `signIn.account.${randomBytes(16).toString("base64url")}`;

/** Declares what every limiter has to do, wherever it counts. */
export function limiterCases(
  name: string,
  suite: typeof describe.skip,
  open: () => Promise<LimiterUnderTest>,
): void {
  suite(`${name}: a limiter`, () => {
    it("allows as many as the limit has points, and says how many are left and when it begins anew", async () => {
      const { limiter } = await open();
      const key = newKey();
      for (const remaining of [4, 3, 2, 1, 0])
        expect(await limiter.consume(key, limit)).toMatchObject({ allowed: true, remaining });
      const refused = await limiter.consume(key, limit);
      expect(refused).toMatchObject({ allowed: false, remaining: 0 });
      expect(refused.retryAfterMs).toBeGreaterThan(14 * minute);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(15 * minute);
    });

    it("allows no more when many come at once", async () => {
      const { limiter } = await open();
      const key = newKey();
      const answers = await Promise.all(Array.from({ length: 60 }, async () => limiter.consume(key, limit)));
      expect(answers.filter(({ allowed }) => allowed)).toHaveLength(5);
    });

    it("counts keys and limits apart", async () => {
      const { limiter } = await open();
      const [one, two] = [newKey(), newKey()];
      const other = { points: 1, windowMs: 24 * 60 * minute };
      expect((await limiter.consume(one, limit, 5)).allowed).toBe(true);
      expect((await limiter.consume(one, limit)).allowed).toBe(false);
      expect((await limiter.consume(two, other)).allowed).toBe(true);
      const refused = await limiter.consume(two, other);
      expect([refused.allowed, refused.retryAfterMs > 23 * 60 * minute]).toEqual([false, true]);
    });

    it("begins anew when its time has passed, and not because somebody tried on", async () => {
      const { limiter, expire } = await open();
      const key = newKey();
      for (let at = 0; at < 20; at += 1) await limiter.consume(key, limit);
      await expire(key, limit);
      expect(await limiter.used(key, limit)).toBe(0);
      expect(await limiter.consume(key, limit)).toMatchObject({ allowed: true, remaining: 4 });
    });

    it("takes back what is given back, and makes no credit of it", async () => {
      const { limiter, expire } = await open();
      const key = newKey();
      await limiter.consume(key, limit, 4);
      await limiter.giveBack(key, limit, 3);
      expect(await limiter.used(key, limit)).toBe(1);
      await limiter.giveBack(key, limit, 50);
      expect(await limiter.used(key, limit)).toBe(0);
      await limiter.consume(key, limit, 4);
      await expire(key, limit);
      await limiter.giveBack(key, limit, 4);
      for (const of of [key, newKey()]) {
        await limiter.giveBack(of, limit, 2);
        const answers = [];
        for (let at = 0; at < 6; at += 1) answers.push((await limiter.consume(of, limit)).allowed);
        expect(answers).toEqual([true, true, true, true, true, false]);
      }
    });

    it("counts nothing when it is asked how much was used", async () => {
      const { limiter } = await open();
      const key = newKey();
      expect(await limiter.used(key, limit)).toBe(0);
      await limiter.consume(key, limit, 2);
      for (let at = 0; at < 3; at += 1) expect(await limiter.used(key, limit)).toBe(2);
    });
  });
}

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Auth } from "../auth.ts";
import { durationToMs } from "../domain/duration.ts";
import { defaultSessionOptions } from "../domain/policy.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import { memory } from "../stores/memory/index.ts";
import { Browser, createWorld, type World } from "./world.fixture.ts";

const minute = 60_000;
const grace = durationToMs(defaultSessionOptions.rotationGrace, "rotationGrace");

/** The real handler behind a network that loses, delays and reorders; hybrid sessions in two stores. */
describe.each([
  ["memory", () => memory()],
  ["sqlite", () => sqlite(":memory:")],
])("an honest client on a bad network, sessions in %s", (_name, open) => {
  async function signedIn(): Promise<{ world: World; auth: Auth; browser: Browser; sid: string }> {
    const world = createWorld("hybrid", {}, open());
    world.users.set("ada", { id: "ada", role: "user" });
    const auth = world.node();
    const browser = new Browser();
    const sid = await browser.signIn(auth, "ada");
    return { world, auth, browser, sid };
  }

  /** Time passes until the access token has run out, so that what follows needs the refresh token. */
  async function accessExpires({ pass }: World): Promise<void> {
    await pass(16 * minute);
  }

  async function expectSignedIn(auth: Auth, browser: Browser): Promise<void> {
    expect((await auth.authenticate(browser.headers())).status).toBe("active");
  }

  describe.each([5_000, 45_000, 10 * minute])(
    "when a reply is lost and the client asks again after %d ms",
    (wait) => {
      it.each([1, 3])("stays signed in, also %d times in a row", async (losses) => {
        const { world, auth, browser } = await signedIn();
        for (let cycle = 0; cycle < 4; cycle += 1) {
          await accessExpires(world);
          const lost: string[][] = [];
          for (let i = 0; i < losses; i += 1) {
            const reply = await browser.sendRefresh(auth);
            expect(reply.status).toBe(200);
            lost.push(reply.headers.getSetCookie());
            await world.pass(wait);
            await expectSignedIn(auth, browser);
          }
          const reply = await browser.sendRefresh(auth);
          expect(reply.status).toBe(200);
          browser.receive(reply);
          // The successor that was lost and the one that arrived are the same token.
          expect(refreshCookie(reply)).toBe(lost[0]?.find((cookie) => cookie.startsWith("sojourn-refresh=")));
          await expectSignedIn(auth, browser);
          await world.clock.advance(1000);
        }
        expect(world.events.map(({ type }) => type)).not.toContain("authn_token_reuse");
      });
    },
  );

  it.each([2, 5, 10])(
    "survives a fan-out of %d refreshes whose replies arrive in any order",
    async (width) => {
      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray([...Array(width).keys()], { minLength: width }),
          async (order) => {
            const { world, auth, browser } = await signedIn();
            for (let cycle = 0; cycle < 3; cycle += 1) {
              await accessExpires(world);
              const replies = await Promise.all(order.map(() => browser.sendRefresh(auth)));
              expect(replies.map(({ status }) => status)).toEqual(Array(width).fill(200));
              expect(new Set(replies.map(refreshCookie)).size).toBe(1);
              for (const i of order) {
                browser.receive(replies[i] as Response);
                await expectSignedIn(auth, browser);
              }
              await world.clock.advance(1000);
            }
            expect(world.events.filter(({ type }) => type === "session_renewed")).toHaveLength(3);
          },
        ),
        { numRuns: 15, endOnFailure: true },
      );
    },
  );

  it("stays signed in when tabs that slept after a lost reply wake up one after the other", async () => {
    const { world, auth, browser } = await signedIn();
    await accessExpires(world);
    // The reply is lost: the lid was closed.
    expect((await browser.sendRefresh(auth)).status).toBe(200);
    await world.pass(3 * 60 * minute);
    const tabs = Array.from({ length: 10 }, () => browser.copy());
    for (const tab of tabs) {
      const reply = await tab.sendRefresh(auth);
      expect(reply.status).toBe(200);
      tab.receive(reply);
      await expectSignedIn(auth, tab);
      // Long enough for the use of the new token to be noted.
      await world.clock.advance(900);
    }
    browser.receive(await browser.sendRefresh(auth));
    await expectSignedIn(auth, browser);
    expect(world.events.map(({ type }) => type)).not.toContain("authn_token_reuse");
  });

  it("survives a five-way server fan-out in which each branch uses its new tokens", async () => {
    const { world, auth, browser } = await signedIn();
    const otherNode = world.node();
    for (let cycle = 0; cycle < 5; cycle += 1) {
      await accessExpires(world);
      const branches = Array.from({ length: 5 }, () => browser.copy());
      for (const [i, branch] of branches.entries()) {
        const node = i % 2 === 0 ? auth : otherNode;
        // Each is a little later than the one before, which has used its tokens meanwhile.
        const reply = await branch.sendRefresh(node);
        expect(reply.status).toBe(200);
        branch.receive(reply);
        await expectSignedIn(node, branch);
        const again = await branch.sendRefresh(node);
        expect(again.status).toBe(200);
        branch.receive(again);
        await expectSignedIn(node, branch);
        await world.clock.advance(900);
      }
      browser.receive(await browser.sendRefresh(auth));
      await expectSignedIn(auth, browser);
    }
    expect(world.events.map(({ type }) => type)).not.toContain("authn_token_reuse");
  });

  it("survives requests that arrive late, in any order, at any node, within the grace", async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(delays, fc.infiniteStream(fc.boolean()), async (waits, choices) => {
        const { world, auth, browser } = await signedIn();
        const otherNode = world.node();
        for (let cycle = 0; cycle < 3; cycle += 1) {
          await accessExpires(world);
          // All are sent now, with the token of now; one is quick, and its reply is used before the others arrive.
          const onTheirWay = waits.map(() => browser.copy());
          browser.receive(await browser.sendRefresh(auth));
          await expectSignedIn(auth, browser);
          let late = 0;
          for (const [i, request] of onTheirWay.entries()) {
            const wait = Math.min(waits[i] ?? 0, grace - 1 - late);
            late += wait;
            await world.clock.advance(wait);
            const reply = await request.sendRefresh(choices.next().value ? auth : otherNode);
            expect(reply.status).toBe(200);
            if (choices.next().value) browser.receive(reply);
            await expectSignedIn(auth, browser);
          }
        }
        expect(world.events.map(({ type }) => type)).not.toContain("authn_token_reuse");
      }),
      { numRuns: 100 },
    );
  });

  it("is not told from a thief where a request arrives after the grace, with a token whose successor is in use", async () => {
    for (const [wait, status] of [
      [grace - 1, 200],
      [grace, 401],
    ] as const) {
      const { world, auth, browser, sid } = await signedIn();
      await accessExpires(world);
      const onItsWay = browser.copy();
      browser.receive(await browser.sendRefresh(auth));
      await expectSignedIn(auth, browser);
      await world.clock.advance(wait);
      expect((await onItsWay.sendRefresh(auth)).status).toBe(status);
      expect((await auth.sessions.get(sid))?.endReason).toBe(status === 200 ? null : "reuse_detected");
    }
  });

  it("is never signed out by any mix of losses, delays and fan-outs", async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("late" as const),
        wait: fc.constantFrom(0, 10, 1000, 5000, grace - 1),
        taken: fc.boolean(),
      }),
      fc.record({
        kind: fc.constant("lost" as const),
        wait: fc.constantFrom(10, 5_000, 45_000, 10 * minute, 3 * 60 * minute),
      }),
      fc.record({
        kind: fc.constant("fan" as const),
        width: fc.integer({ min: 2, max: 6 }),
        last: fc.nat(5),
      }),
      fc.record({ kind: fc.constant("used" as const), wait: fc.constantFrom(10, 1000, 20 * minute) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { world, auth, browser } = await signedIn();
        for (const one of steps) {
          if (one.kind === "lost") {
            expect((await browser.sendRefresh(auth)).status).toBe(200);
            await world.pass(one.wait);
          } else if (one.kind === "fan") {
            const replies = await Promise.all(
              Array.from({ length: one.width }, () => browser.sendRefresh(auth)),
            );
            expect(replies.every(({ status }) => status === 200)).toBe(true);
            browser.receive(replies[one.last % one.width] as Response);
          } else if (one.kind === "late") {
            // The grace counts from the rotation, so what was lost before has to be made good, and be past.
            browser.receive(await browser.sendRefresh(auth));
            await expectSignedIn(auth, browser);
            await world.pass(minute);
            const onItsWay = browser.copy();
            browser.receive(await browser.sendRefresh(auth));
            await expectSignedIn(auth, browser);
            await world.clock.advance(one.wait);
            const reply = await onItsWay.sendRefresh(auth);
            expect(reply.status).toBe(200);
            if (one.taken) browser.receive(reply);
          } else {
            browser.receive(await browser.sendRefresh(auth));
            await expectSignedIn(auth, browser);
            await world.pass(one.wait);
          }
          await expectSignedIn(auth, browser);
        }
      }),
      { numRuns: 200 },
    );
  });

  describe("a thief who copied the refresh token", () => {
    it("is noticed at once when the victim was 60 s faster", async () => {
      const { world, auth, browser, sid } = await signedIn();
      const thief = browser.copy("curl/8.5.0");
      await accessExpires(world);
      browser.receive(await browser.sendRefresh(auth));
      await expectSignedIn(auth, browser);
      await world.pass(minute);

      const theft = await thief.sendRefresh(auth);
      expect(theft.status).toBe(401);
      expect(refreshCookie(theft)).toBeUndefined();
      expect(world.events.filter(({ type }) => type === "authn_token_reuse")).toHaveLength(1);
      expect((await auth.sessions.get(sid))?.endReason).toBe("reuse_detected");
      expect((await auth.authenticate(browser.headers())).status).toBe("ended");
    });

    it("is noticed at the victim's next refresh when the thief was 60 s faster", async () => {
      const { world, auth, browser, sid } = await signedIn();
      const thief = browser.copy("curl/8.5.0");
      await accessExpires(world);
      thief.receive(await thief.sendRefresh(auth));
      await expectSignedIn(auth, thief);
      await world.pass(minute);

      expect((await browser.sendRefresh(auth)).status).toBe(401);
      expect((await auth.sessions.get(sid))?.endReason).toBe("reuse_detected");
      expect((await auth.authenticate(thief.headers())).status).toBe("ended");
      expect((await thief.sendRefresh(auth)).status).toBe(401);
    });

    it("gets nothing in the grace window with another user agent", async () => {
      const { world, auth, browser, sid } = await signedIn();
      const thief = browser.copy("curl/8.5.0");
      await accessExpires(world);
      browser.receive(await browser.sendRefresh(auth));
      await expectSignedIn(auth, browser);
      await world.clock.advance(2000);
      expect((await thief.sendRefresh(auth)).status).toBe(401);
      expect((await auth.sessions.get(sid))?.endReason).toBe("reuse_detected");
    });

    it("cannot raise the alarm with a token it made up", async () => {
      const { world, auth, browser, sid } = await signedIn();
      await accessExpires(world);
      for (let cycle = 0; cycle < 3; cycle += 1) {
        browser.receive(await browser.sendRefresh(auth));
        await expectSignedIn(auth, browser);
        await world.pass(minute);
      }
      const forger = browser.copy();
      const mac = (browser.jar.get("sojourn-refresh") ?? "").split(".").at(-1) ?? "";
      forger.jar.delete("sojourn");
      for (const counter of [0, 1, 2, 4, 99]) {
        forger.jar.set("sojourn-refresh", `r1.${sid}.${counter}.${mac}`);
        expect((await forger.sendRefresh(auth)).status).toBe(401);
      }
      await expectSignedIn(auth, browser);
      expect(world.events.map(({ type }) => type)).not.toContain("authn_token_reuse");
    });
  });
});

function refreshCookie(reply: Response): string | undefined {
  return reply.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith("sojourn-refresh=") && !cookie.includes("Max-Age=0"));
}

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Edge, runtimes } from "./edge-runtimes.ts";
import { type EdgeSite, startEdgeSite } from "./edge-site.ts";

/** The lag that the edge is set to, in ms, and what a machine with much to do may add. */
const lag = 1000;
const slack = 500;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const cases = runtimes.flatMap((runtime) => (["HS256", "EdDSA"] as const).map((alg) => ({ runtime, alg })));

for (const { runtime, alg } of cases) {
  // What is not here shows in the count of tests that were left out.
  describe.skipIf(!runtime.isHere)(`in ${runtime.name} with ${alg}`, () => {
    let site: EdgeSite;
    let edge: Edge;
    beforeAll(async () => {
      site = await startEdgeSite(alg);
      edge = await runtime.start(site.settings);
    });
    afterAll(async () => {
      await edge.stop();
      await site.stop();
      await site.auth.close();
    });

    it("a signed-in user is who the server says", async () => {
      const cookie = await site.signUp();
      const state = await edge.ask(cookie);
      expect(state).toMatchObject({ status: "active", user: { role: "user" } });
      expect(state).toEqual(JSON.parse(JSON.stringify(await site.auth.verify({ cookie }))));
    });

    it("nobody is signed in by nothing, by something else or by half a token", async () => {
      const [access = ""] = (await site.signUp()).split("; ");
      for (const cookie of [
        "",
        "theme=dark",
        "sojourn=nonsense",
        access.slice(0, -1),
        `${access}; ${access}`,
      ])
        expect(await edge.ask(cookie), cookie).toEqual({ status: "anonymous" });
    });

    it("only the server can tell whose a refresh token is", async () => {
      const refresh = (await site.signUp()).split("; ").find((pair) => pair.startsWith("sojourn-refresh="));
      expect(await edge.ask(refresh ?? "")).toEqual({ status: "needs_origin", why: "renewal" });
    });

    it("a session that was ended stops working within the lag, and until then nobody is signed out", async () => {
      const cookie = await site.signUp();
      expect((await edge.ask(cookie)).status).toBe("active");
      expect(await site.post("/sign-out", cookie)).toBe(200);
      const ended = performance.now();
      let state = await edge.ask(cookie);
      while (state.status === "active" && performance.now() - ended < 2 * lag) {
        await pause(20);
        state = await edge.ask(cookie);
      }
      expect(state).toEqual({ status: "ended", reason: "signed_out" });
      expect(performance.now() - ended).toBeLessThan(lag + slack);
    });

    it("a hundred requests at once, with news that is too old, ask for it a few times at most", async () => {
      const cookie = await site.signUp();
      await edge.ask(cookie);
      await pause(lag + 100);
      site.feeds();
      const states = await Promise.all(Array.from({ length: 100 }, () => edge.ask(cookie)));
      expect(new Set(states.map(({ status }) => status))).toEqual(new Set(["active"]));
      expect(site.feeds()).toBeLessThanOrEqual(3);
    });

    it("requests that go away before their answer came take no other along", async () => {
      const cookie = await site.signUp();
      expect((await edge.ask(cookie)).status).toBe("active");
      site.delay(300);
      await pause(lag + 100);
      const leaving = Array.from({ length: 10 }, () => edge.ask(cookie, AbortSignal.timeout(100)));
      await Promise.allSettled(leaving);
      const asked = performance.now();
      const statuses = new Set<string>();
      while (!statuses.has("active") && performance.now() - asked < 5000)
        statuses.add((await edge.ask(cookie)).status);
      site.delay(0);
      expect([...statuses].filter((status) => status !== "needs_origin")).toEqual(["active"]);
      expect(performance.now() - asked).toBeLessThan(2000 + slack);
    });

    it("while the server is away all is left to it, and nobody is signed out", async () => {
      const cookie = await site.signUp();
      expect((await edge.ask(cookie)).status).toBe("active");
      await site.stop();
      await pause(lag + 100);
      expect(await edge.ask(cookie)).toEqual({ status: "needs_origin", why: "news" });
      await site.start();
      let state = await edge.ask(cookie);
      for (let tries = 0; state.status === "needs_origin" && tries < 100; tries += 1) {
        await pause(50);
        state = await edge.ask(cookie);
      }
      expect(state.status).toBe("active");
    });
  });
}

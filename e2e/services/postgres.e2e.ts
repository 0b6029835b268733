import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "./clients.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { liveThrough } from "./live-through.ts";
import { findPostgres, type PrivatePostgres, startPostgres } from "./private-postgres.ts";
import { describeWithProgram } from "./programs.ts";

const bin = findPostgres();
const module = join(import.meta.dirname, "open-postgres.ts");

describeWithProgram("PostgreSQL's server", bin)("three nodes on PostgreSQL", () => {
  let server: PrivatePostgres;
  beforeAll(async () => {
    server = await startPostgres(bin ?? "");
  });
  afterAll(() => server.remove());

  describe.each(["hybrid", "stateful"] as const)("(%s)", (strategy) => {
    let fleet: Fleet;
    beforeAll(async () => {
      fleet = await startFleet(3, { module, where: server.url, strategy, accessTokenTtl: 2 });
    });
    afterAll(() => fleet.stop());

    const through = (what: string, disturb: () => Promise<void>): Promise<Report> =>
      liveThrough(fleet, `PostgreSQL, ${strategy}, ${what}`, disturb);

    it("lose nobody when a node is killed while it rotates", async () => {
      await through("kill -9 of a node, three times", async () => {
        for (const index of [0, 1, 2]) {
          await fleet.killAndReplace(index);
          await pause(300);
        }
      });
    });

    it("lose nobody when the database is restarted", async () => {
      const { honest } = await through("database restarted", async () => {
        server.stop();
        await pause(2500);
        server.start();
      });
      expect(honest.unavailable).toBeGreaterThan(0);
    });

    it("lose nobody when the database crashes", async () => {
      await through("database crashed", async () => {
        server.crash();
        server.start();
      });
    });

    it("keep the bound when the connections that listen are cut, again and again", async () => {
      await through("feed cut", async () => {
        for (let times = 0; times < 20; times += 1) {
          server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'listen%' AND pid <> pg_backend_pid()",
          );
          await pause(150);
        }
      });
    });
  });
});

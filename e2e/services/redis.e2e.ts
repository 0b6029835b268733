import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { liveThrough } from "./live-through.ts";
import { findRedis, type PrivateRedis, startRedis } from "./private-redis.ts";
import { describeWithProgram } from "./programs.ts";

const program = findRedis();

describeWithProgram("redis-server", program)("three nodes on Redis", () => {
  describe.each([
    ["ioredis", "hybrid"],
    ["redis", "hybrid"],
    ["redis", "stateful"],
  ] as const)("(%s, %s)", (client, strategy) => {
    let server: PrivateRedis;
    let fleet: Fleet;
    const name = `Redis by ${client}, ${strategy}`;
    beforeAll(async () => {
      server = await startRedis();
      fleet = await startFleet(3, {
        module: join(import.meta.dirname, "open-redis.ts"),
        where: `${client} ${server.port}`,
        strategy,
        accessTokenTtl: 2,
      });
    });
    afterAll(async () => {
      await fleet.stop();
      await server.remove();
    });

    it("lose nobody when a node is killed while it rotates", async () => {
      await liveThrough(fleet, `${name}, kill -9 of a node, three times`, async () => {
        for (const index of [0, 1, 2]) {
          await fleet.killAndReplace(index);
          await pause(300);
        }
      });
    });

    it("lose nobody when the server is restarted", async () => {
      await liveThrough(fleet, `${name}, server restarted`, () => server.restart());
    });

    it("lose nobody when the server is killed", async () => {
      await liveThrough(fleet, `${name}, server killed`, async () => {
        await server.kill();
        await pause(1500);
        await server.start();
      });
    });

    it("lose nobody when the server stands still, and answer meanwhile", async () => {
      const { honest } = await liveThrough(fleet, `${name}, server frozen for 6 s`, async () => {
        server.freeze();
        await pause(6000);
        server.thaw();
      });
      expect(honest.unavailable).toBeGreaterThan(0);
      expect(honest.unreachable).toBe(0);
    });

    it("keep the bound when the connections that listen are cut, again and again", async () => {
      await liveThrough(fleet, `${name}, feed cut`, async () => {
        for (let times = 0; times < 20; times += 1) {
          server.run("CLIENT", "KILL", "TYPE", "pubsub");
          await pause(150);
        }
      });
    });
  });
});

import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { liveThrough } from "./live-through.ts";
import { findRedis, type PrivateCluster, startCluster } from "./private-redis.ts";
import { describeWithProgram } from "./programs.ts";

const program = findRedis();

describeWithProgram("redis-server", program)("three nodes on a Redis Cluster", () => {
  describe.each(["ioredis", "redis"] as const)("(%s)", (client) => {
    let cluster: PrivateCluster;
    let fleet: Fleet;
    beforeAll(async () => {
      cluster = await startCluster();
      fleet = await startFleet(3, {
        module: join(import.meta.dirname, "open-cluster.ts"),
        where: `${client} ${cluster.port}`,
        strategy: "hybrid",
        accessTokenTtl: 2,
      });
    });
    afterAll(async () => {
      await fleet.stop();
      await cluster.remove();
    });

    it("lose nobody when a master dies and its replica takes over", async () => {
      await liveThrough(fleet, `Redis Cluster by ${client}, a master killed`, () => cluster.killMaster());
    });
  });
});

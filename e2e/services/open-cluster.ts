import { Cluster } from "ioredis";
import { createCluster } from "redis";
import type { Store } from "sojourn";
import { redis } from "sojourn/redis";

/** The store of a fleet on a Redis Cluster. @param where the client's package and the port of one server: `redis 7000`. */
export async function open(where: string): Promise<Store> {
  const [client = "", port = ""] = where.split(" ");
  if (client === "ioredis") {
    const connection = new Cluster([{ host: "127.0.0.1", port: Number(port) }]);
    connection.on("error", () => {});
    return redis(connection);
  }
  const connection = createCluster({ rootNodes: [{ socket: { host: "127.0.0.1", port: Number(port) } }] });
  connection.on("error", () => {});
  await connection.connect();
  return redis(connection);
}

import { Redis } from "ioredis";
import { createClient } from "redis";
import type { Store } from "sojourn";
import { redis } from "sojourn/redis";

/** The store of a fleet on one Redis server. @param where the client's package and the port: `ioredis 6379`. */
export async function open(where: string): Promise<Store> {
  const [client = "", port = ""] = where.split(" ");
  if (client === "ioredis") {
    const connection = new Redis({ port: Number(port), host: "127.0.0.1" });
    connection.on("error", () => {});
    return redis(connection);
  }
  const connection = createClient({ socket: { port: Number(port), host: "127.0.0.1" } });
  connection.on("error", () => {});
  await connection.connect();
  return redis(connection);
}

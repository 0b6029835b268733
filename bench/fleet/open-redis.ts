import { createClient } from "redis";
import type { Store } from "sojourn";
import { redis } from "sojourn/redis";

/** The store of a fleet on Redis. @param where the server's URL, a space, and the prefix of all keys; a `#deaf` behind it does not listen. */
export async function open(where: string): Promise<Store> {
  const [url = "", place = ""] = where.split(" ");
  const client = createClient({ url });
  await client.connect();
  const [prefix = "", deaf] = place.split("#");
  const store = redis(client, { prefix });
  const close = async (): Promise<void> => {
    await store.close();
    client.destroy();
  };
  if (deaf === undefined) return { ...store, close };
  const { sessions, migrate } = store;
  return { sessions, migrate, close };
}

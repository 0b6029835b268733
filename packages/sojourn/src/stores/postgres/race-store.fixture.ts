import type { Store } from "../../ports/session-store.ts";
import { postgres } from "./index.ts";
import { drivers } from "./server.fixture.ts";

/** Opens the store in a process of a race. @param where the driver, and the URL of the database. */
export function open(where: string): Store {
  const [driver, url = ""] = where.split(" ");
  const { client, end } = drivers[driver === "postgres" ? "postgres" : "pg"](url, 5);
  const store = postgres(client);
  const close = async (): Promise<void> => {
    await store.close();
    await end();
  };
  return { ...store, close };
}

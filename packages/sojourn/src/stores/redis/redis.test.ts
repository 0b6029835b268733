import { afterAll, describe, it } from "vitest";
import type { Store } from "../../ports/session-store.ts";
import { storeContract } from "../../testing/index.ts";
import { redis } from "./index.ts";
import {
  newPrefix,
  removeKeys,
  serverClients,
  shared,
  sharedServerIsThere,
  type TestClient,
} from "./redis-servers.fixture.ts";

const there = await sharedServerIsThere();
const suite = there ? describe : describe.skip;
const prefixes: string[] = [];
const opened = new Map<string, Promise<TestClient>>();

afterAll(async () => {
  for (const client of opened.values()) (await client).close();
  if (there) await removeKeys(prefixes);
});

for (const [name, open] of Object.entries(serverClients)) {
  const prefixOf = new WeakMap<Store, string>();
  const openStore = async (prefix: string): Promise<Store> => {
    const client = opened.get(name) ?? open(shared.port);
    opened.set(name, client);
    const store = redis((await client).client, { prefix });
    prefixOf.set(store, prefix);
    return store;
  };
  storeContract({
    name: `redis by ${name}`,
    open: () => {
      const prefix = newPrefix();
      prefixes.push(prefix);
      return openStore(prefix);
    },
    // Not closed: what a crash leaves behind is what the server has.
    reopen: (store) => openStore(prefixOf.get(store) ?? ""),
    describe: suite,
    it,
  });
}

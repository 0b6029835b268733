import { afterAll, beforeAll, describe, it } from "vitest";
import type { Store } from "../../ports/session-store.ts";
import { storeContract } from "../../testing/index.ts";
import { redis } from "./index.ts";
import {
  canStartServers,
  clusterClients,
  newPrefix,
  type PrivateCluster,
  startCluster,
  type TestClient,
} from "./redis-servers.fixture.ts";

const there = await canStartServers();
const suite = there ? describe : describe.skip;
const opened = new Map<string, Promise<TestClient>>();
let cluster: PrivateCluster | null = null;

beforeAll(async () => {
  if (there) cluster = await startCluster();
});

afterAll(async () => {
  for (const client of opened.values()) (await client).close();
  await cluster?.stop();
});

const clientBy = async (name: string): Promise<TestClient["client"]> => {
  const client = opened.get(name) ?? clusterClients[name]!(cluster!.servers[0]!.port);
  opened.set(name, client);
  return (await client).client;
};

for (const name of Object.keys(clusterClients)) {
  const prefixOf = new WeakMap<Store, string>();
  const openStore = async (prefix: string): Promise<Store> => {
    const store = redis(await clientBy(name), { prefix });
    prefixOf.set(store, prefix);
    return store;
  };
  storeContract({
    name: `redis in a Cluster by ${name}`,
    open: () => openStore(newPrefix()),
    reopen: (store) => openStore(prefixOf.get(store) ?? ""),
    describe: suite,
    it,
  });
}

// The contract's sids differ in their last digits, as those of a user do whose tag has changed, and with this
// number each of them lies elsewhere. What one limit promises exactly, it then promises as soon as all is quiet.
storeContract({
  name: "redis in a Cluster with sessions of one user all over it",
  open: async () => redis(await clientBy("ioredis"), { prefix: newPrefix(), shards: 7 }),
  describe: (name, body) => (name.startsWith("a limit") ? undefined : suite(name, body)),
  it,
});

import type { Connection } from "./connection.ts";

/** A client of ioredis (6), as far as it is used: for one server, for Sentinel, or for a Cluster. */
export interface IoRedisClient {
  readonly isCluster: boolean;
  readonly options: object;
  call(command: string, ...args: string[]): Promise<unknown>;
  // What it takes differs between a server and a Cluster.
  duplicate(...overrides: readonly unknown[]): object;
}

/** A duplicate that listens. */
interface IoRedisSubscriber {
  on(event: string, listener: (argument: unknown) => void): unknown;
  connect(): Promise<unknown>;
  disconnect(): void;
  ssubscribe(...channels: string[]): Promise<unknown>;
}

/** Speaks to Redis by a client of ioredis. */
export function ioRedisConnection(client: IoRedisClient): Connection {
  return {
    cluster: client.isCluster,
    send: (_key, [name = "", ...args]) => client.call(name, ...args),
    subscribe(channels, heard, lost) {
      const own = subscriber(client);
      own.on("smessage", heard);
      // A Cluster tells of its servers by the last two.
      for (const event of ["error", "end", "-node", "nodeError"]) {
        own.on(event, (error) => lost(error instanceof Error ? error : new Error(`ioredis: ${event}`)));
      }
      return { ready: subscribed(own, channels, client.isCluster), close: () => own.disconnect() };
    },
  };
}

function subscriber(client: IoRedisClient): IoRedisSubscriber {
  // Whoever listens connects anew by himself, and has to hear of each time.
  const own = client.isCluster
    ? client.duplicate([], {
        lazyConnect: true,
        shardedSubscribers: true,
        clusterRetryStrategy: () => null,
      })
    : client.duplicate({
        lazyConnect: true,
        retryStrategy: () => null,
        autoResubscribe: false,
        enableOfflineQueue: true,
      });
  return own as IoRedisSubscriber;
}

async function subscribed(
  own: IoRedisSubscriber,
  channels: readonly string[],
  cluster: boolean,
): Promise<void> {
  await own.connect();
  // Channels of different slots belong in different commands.
  if (cluster) await Promise.all(channels.map((channel) => own.ssubscribe(channel)));
  else await own.ssubscribe(...channels);
}

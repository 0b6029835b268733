import type { Connection } from "./connection.ts";

interface NodeRedisEmitter {
  on(event: "error", listener: (error: unknown) => void): unknown;
  duplicate(...overrides: readonly unknown[]): object;
}

/** A client of node-redis (6, `createClient`), as far as it is used. */
export interface NodeRedisClient extends NodeRedisEmitter {
  readonly isReady: boolean;
  readonly options: object;
  sendCommand(command: readonly string[], options?: object): Promise<unknown>;
}

/** A client of node-redis for a Cluster (`createCluster`), as far as it is used. */
export interface NodeRedisCluster extends NodeRedisEmitter {
  readonly masters: readonly unknown[];
  readonly _options: object;
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean | undefined,
    command: string[],
    options?: object,
  ): Promise<unknown>;
}

/** A client of node-redis for Sentinel (`createSentinel`), as far as it is used. */
export interface NodeRedisSentinel extends NodeRedisEmitter {
  getMasterNode(): unknown;
  sendCommand(isReadonly: boolean | undefined, command: string[], options?: object): Promise<unknown>;
}

/** A duplicate that listens. */
interface NodeRedisSubscriber {
  on(event: string, listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
  sSubscribe(channels: string | string[], listener: () => void): Promise<unknown>;
}

/** Replies as they are, whatever a client makes of them for its owner. */
const plain = { typeMapping: {} };

/** Speaks to one Redis server by a client of node-redis. */
export function nodeRedisConnection(client: NodeRedisClient): Connection {
  const { socket } = client.options as { readonly socket?: object };
  return {
    cluster: false,
    send: (_key, command) => client.sendCommand(command, plain),
    // Whoever listens connects anew by himself, and has to hear of each time.
    subscribe: subscribing(
      () => client.duplicate({ socket: { ...socket, reconnectStrategy: false } }),
      ["error", "terminated"],
    ),
  };
}

/** Speaks to a Redis Cluster by a client of node-redis. */
export function nodeRedisClusterConnection(client: NodeRedisCluster): Connection {
  const broken = ["error", "node-error", "disconnect", "sharded-channel-moved-error"];
  const { _options: options } = client;
  const { defaults } = options as { readonly defaults?: { readonly socket?: object } };
  const overrides = {
    minimizeConnections: true,
    defaults: { ...defaults, socket: { ...defaults?.socket, reconnectStrategy: false } },
  };
  return {
    cluster: true,
    send: (key, command) => client.sendCommand(key, false, [...command], plain),
    subscribe: subscribing(() => client.duplicate(overrides), broken, true),
  };
}

/** Speaks to the master of a group that Sentinel watches, by a client of node-redis. */
export function nodeRedisSentinelConnection(client: NodeRedisSentinel): Connection {
  return {
    cluster: false,
    send: (_key, command) => client.sendCommand(false, [...command], plain),
    subscribe: subscribing(() => client.duplicate(), ["error", "client-error", "reconnecting"]),
  };
}

function subscribing(
  duplicate: () => object,
  broken: readonly string[],
  isCluster = false,
): Connection["subscribe"] {
  return (channels, heard, lost) => {
    const own = duplicate() as NodeRedisSubscriber;
    for (const event of broken) own.on(event, lost);
    const subscribed = async (): Promise<void> => {
      await own.connect();
      // Channels of different slots belong in different commands.
      await Promise.all(channels.map((channel) => own.sSubscribe(channel, heard)));
    };
    const ready = subscribed();
    return {
      ready,
      close() {
        // What is destroyed while it connects may come up nevertheless, so it is destroyed again then. A
        // Cluster forgets its connections the first time, so it has to wait.
        if (!isCluster) void destroy();
        void ready.then(destroy, destroy);
      },
    };

    async function destroy(): Promise<void> {
      try {
        await own.destroy();
      } catch {
        // It has never been open, or is closed already.
      }
    }
  };
}

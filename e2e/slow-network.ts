import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server in front of another one that can hold its replies back. */
export interface SlowNetwork {
  readonly url: string;
  /** From now on replies to this path wait. @returns lets them go. */
  hold(path: string): () => void;
  close(): void;
}

/** Stands between a browser and a server, as a slow network does: what the server did is done, but nobody knows yet. */
export async function slowNetwork(target: string): Promise<SlowNetwork> {
  const held = new Map<string, Promise<void>>();
  const server: Server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    const onward = request(
      new URL(path, target),
      { method: incoming.method, headers: incoming.headers },
      (reply) => {
        void (held.get(path) ?? Promise.resolve()).then(() => {
          outgoing.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
          reply.pipe(outgoing);
        });
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(path) {
      let letGo = (): void => {};
      const released = new Promise<void>((resolve) => {
        letGo = resolve;
      });
      held.set(path, released);
      return () => {
        held.delete(path);
        letGo();
      };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

import { createServer, type AddressInfo } from "node:net";

/** A port that nobody listens on at this moment, low enough for a Cluster, which uses the one 10,000 above too. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    if (port <= 55_535) return port;
  }
}

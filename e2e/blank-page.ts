import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A site that shows a blank page under every path, but for what is mounted. */
export interface BlankSite {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers a request below a mount point. */
export type Mounted = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Serves blank pages on all of this machine's names, and what is mounted below `/auth/`. */
export async function serveBlankPages(mount: (port: number) => Mounted | null): Promise<BlankSite> {
  let mounted: Mounted | null = null;
  const server: Server = createServer((request, response) => {
    if (mounted !== null && request.url?.startsWith("/auth/") === true) {
      void mounted(request, response);
      return;
    }
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    response.end("<!doctype html><title>Blank</title><link rel=icon href='data:,'>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  mounted = mount(port);
  return {
    port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAuth } from "sojourn";
import { memory } from "sojourn/memory";
import { toNodeHandler } from "sojourn/node";
import { password } from "sojourn/password";
import { findNginx, startNginx } from "./private-nginx.ts";
import type { PrivateProxy } from "./private-proxy.ts";
import { describeWithProgram } from "./programs.ts";

const program = findNginx();
const hasher = {
  hash: (text: string) => Promise.resolve(text),
  verify: () => Promise.resolve(true),
  needsRehash: () => false,
};

describeWithProgram("nginx", program)("CS-06: a cache of nginx in front, with ordinary rules", () => {
  let server: Server;
  let nginx: PrivateProxy;
  const asked = new Map<string, number>();

  beforeAll(async () => {
    let handle: ReturnType<typeof toNodeHandler> | null = null;
    server = createServer((request, response) => {
      const { url = "" } = request;
      asked.set(url, (asked.get(url) ?? 0) + 1);
      // What a framework says of every page, before anybody looks at who asks.
      response.setHeader("Cache-Control", "public, s-maxage=600");
      if (url.startsWith("/auth/")) void handle?.(request, response);
      else response.end(`the same for everybody, ${asked.get(url)}`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    nginx = await startNginx(
      program as string,
      `location / {
        proxy_pass http://127.0.0.1:${port};
        proxy_set_header Host $http_host;
        proxy_cache pages;
        proxy_cache_valid 200 10m;
        proxy_cache_key $request_uri;
        add_header X-Cache $upstream_cache_status;
      }`,
    );
    const auth = createAuth({
      baseURL: nginx.origin,
      secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
      store: memory(),
      strategy: "hybrid",
      login: [password({ hasher })],
    });
    handle = toNodeHandler(auth);
  });
  afterAll(async () => {
    await nginx.remove();
    server.close();
  });

  const get = (path: string, cookie = ""): Promise<Response> =>
    fetch(nginx.origin + path, cookie === "" ? {} : { headers: { cookie } });
  const post = (path: string, body: object, cookie = ""): Promise<Response> =>
    fetch(nginx.origin + path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        origin: nginx.origin,
        ...(cookie === "" ? {} : { cookie }),
      },
      body: JSON.stringify(body),
    });
  const signUp = async (email: string): Promise<string> => {
    const reply = await post("/auth/sign-up/password", { email, password: "a fine password" });
    expect(reply.status).toBe(200);
    return reply.headers
      .getSetCookie()
      .map((one) => one.split(";", 1)[0])
      .join("; ");
  };

  it("keeps what is the same for everybody, so it is a cache", async () => {
    expect((await get("/page")).headers.get("x-cache")).toBe("MISS");
    const second = await get("/page");
    expect([second.headers.get("x-cache"), await second.text()]).toEqual([
      "HIT",
      "the same for everybody, 1",
    ]);
  });

  it("never hands one user's session, user or cookie to another, or to nobody", async () => {
    const ada = await signUp("ada@example.com");
    const bob = await signUp("bob@example.com");
    for (const path of ["/auth/session", "/auth/me", "/auth/sessions"]) {
      const mine = await get(path, ada);
      const his = await get(path, bob);
      const nobodys = await get(path);
      expect([mine.status, his.status], path).toEqual([200, 200]);
      expect(await his.text(), path).not.toContain("ada@example.com");
      expect(await nobodys.text(), path).not.toMatch(/ada@example|bob@example/);
      for (const reply of [mine, his, nobodys]) {
        expect(reply.headers.get("x-cache"), path).not.toBe("HIT");
        expect(reply.headers.get("cache-control"), path).toBe("private, no-store");
      }
      expect(nobodys.headers.getSetCookie(), path).toEqual([]);
    }
  });

  it("hands a renewed cookie to whom it was made for alone", async () => {
    const ada = await signUp("grace@example.com");
    const renewed = await post("/auth/refresh", {}, ada);
    expect(renewed.headers.getSetCookie().length).toBeGreaterThan(0);
    expect((await post("/auth/refresh", {})).status).toBe(401);
    const reply = await get("/auth/session");
    expect([await reply.json(), reply.headers.getSetCookie()]).toEqual([null, []]);
  });
});

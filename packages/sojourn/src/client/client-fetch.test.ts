import { afterEach, describe, expect, it, vi } from "vitest";
import { ada, origin } from "../http/http-test-kit.fixture.ts";
import { isAuthError } from "./result.ts";
import { closePages, openPages, type TestClient, type TestPages } from "./client-test-kit.fixture.ts";

const minute = 60_000;

afterEach(closePages);

/** An app's own routes beside Sojourn's, which know who is signed in, and a page whose user is. */
async function app(): Promise<{
  client: TestClient;
  pages: TestPages;
  seen: Request[];
  fetchOf: typeof fetch;
}> {
  const pages = openPages("hybrid", { transports: ["header"] });
  const seen: Request[] = [];
  const fetchOf: typeof fetch = async (input, init) => {
    const request = input instanceof Request ? input : new Request(new URL(String(input), origin), init);
    if (new URL(request.url).pathname.startsWith("/auth/")) return pages.fetch(request);
    seen.push(request.clone());
    const session = await pages.site.auth.getSession(request);
    return session === null ? new Response(null, { status: 401 }) : new Response(await request.text());
  };
  const client = pages.tab({
    transport: "header",
    events: false,
    refetchInterval: 0,
    fetch: fetchOf,
    trustedOrigins: ["https://api.example"],
  });
  await client.signUp("password", ada);
  pages.asked();
  return { client, pages, seen, fetchOf };
}

const bearers = (seen: readonly Request[]): (string | null)[] =>
  seen.map(({ headers }) => headers.get("authorization"));

describe("client.fetch", () => {
  it("proves who is asking", async () => {
    const { client, seen } = await app();
    const reply = await client.fetch("/api/notes", { method: "POST", body: "a note" });
    expect([reply.status, await reply.text()]).toEqual([200, "a note"]);
    expect(bearers(seen)).toEqual([expect.stringMatching(/^Bearer ey/)]);
  });

  it("renews once where the token ran out, and sends the body again", async () => {
    const { client, pages, seen } = await app();
    pages.visibility = "hidden";
    await pages.pass(20 * minute);
    pages.asked();
    const replies = await Promise.all(
      [1, 2, 3, 4, 5].map((note) =>
        client.fetch(new Request(`${origin}/api`, { method: "PUT", body: `note ${note}` })),
      ),
    );
    expect(await Promise.all(replies.map((reply) => reply.text()))).toEqual([
      "note 1",
      "note 2",
      "note 3",
      "note 4",
      "note 5",
    ]);
    expect(pages.asked()).toEqual(["POST /refresh"]);
    expect(new Set(bearers(seen)).size).toBe(2);
  });

  it("tries again only once, and gives back the refusal", async () => {
    const { client, pages, seen } = await app();
    await pages.pass(10);
    await pages.site.auth.sessions.revokeAll(client.$session.get().user?.id ?? "");
    expect((await client.fetch("/api")).status).toBe(401);
    expect(client.$session.get().status).toBe("signed-out");
    expect(seen).toHaveLength(1);
  });

  it("hands tokens to the server and to trusted origins, and to nobody else", async () => {
    const { client, seen } = await app();
    for (const url of [
      "https://evil.example/",
      "https://app.example.evil.example/",
      "https://app.example:8443/",
      "http://app.example/",
      "//evil.example/",
      new URL("https://evil.example/x"),
      new Request("https://evil.example/y"),
    ])
      await client.fetch(url);
    expect(bearers(seen)).toEqual(seen.map(() => null));
    await client.fetch("https://api.example/notes");
    await client.fetch(new URL(`${origin}/x`));
    expect(bearers(seen.slice(-2))).toEqual([
      expect.stringMatching(/^Bearer /),
      expect.stringMatching(/^Bearer /),
    ]);
  });

  it("leaves a credential of the caller's own alone", async () => {
    const { client, pages, seen } = await app();
    const headers = { authorization: "Basic eDp5" };
    expect((await client.fetch("/api", { headers })).status).toBe(401);
    expect([bearers(seen), pages.asked()]).toEqual([["Basic eDp5"], []]);
  });

  it("takes an origin that it trusts however it is written", async () => {
    const { pages, fetchOf, seen } = await app();
    const client = pages.tab({
      transport: "header",
      fetch: fetchOf,
      events: false,
      trustedOrigins: ["https://api.example/v1/"],
    });
    await client.signIn("password", { email: ada.email, password: ada.password });
    await client.fetch("https://api.example/notes");
    expect(bearers(seen)).toEqual([expect.stringMatching(/^Bearer /)]);
  });

  it("throws what the network throws", async () => {
    const { client, pages } = await app();
    pages.offline = true;
    await expect(client.fetch("/auth/me")).rejects.toThrow("Failed to fetch");
  });
});

describe("client.fetch, where the server wants a token with each change", () => {
  /** An app whose own routes ask for it as well. */
  async function guarded(): Promise<{ client: TestClient; pages: TestPages; seen: Request[] }> {
    const pages = openPages("stateful", { csrf: { token: true } });
    const seen: Request[] = [];
    const fetchOf: typeof fetch = async (input, init) => {
      const request = input instanceof Request ? input : new Request(new URL(String(input), origin), init);
      if (new URL(request.url).pathname.startsWith("/auth/")) return pages.fetch(request);
      seen.push(request.clone());
      const carried = { cookie: pages.jar.cookie, "sec-fetch-site": "same-origin" };
      const headers = { ...Object.fromEntries(request.headers), ...carried };
      try {
        if (request.method !== "GET") await pages.site.auth.checkCsrf({ headers });
      } catch (error) {
        const { code } = error as { readonly code: string };
        return Response.json({ code }, { status: 403 });
      }
      return new Response(await request.text());
    };
    const client = pages.tab({ events: false, refetchInterval: 0, fetch: fetchOf });
    await client.signUp("password", ada);
    pages.asked();
    return { client, pages, seen };
  }
  const tokens = (seen: readonly Request[]): (string | null)[] =>
    seen.map(({ headers }) => headers.get("x-csrf-token"));

  it("fetches one, and a new one where the session is new, and sends the body again", async () => {
    const { client, pages } = await guarded();
    const post = async (): Promise<string> =>
      (await client.fetch("/api", { method: "POST", body: "a note" })).text();
    expect([await post(), await post()]).toEqual(["a note", "a note"]);
    // The one of the visitor was of no use any more; the new one is kept.
    expect(pages.asked()).toEqual(["GET /csrf-token"]);
    await client.signOut();
    await client.signIn("password", { email: ada.email, password: ada.password });
    expect(await post()).toBe("a note");
  });

  it("tells it to nobody else, and with nothing that only reads", async () => {
    const { client, seen } = await guarded();
    await client.fetch("/api", { method: "POST" });
    seen.length = 0;
    await client.fetch("/api");
    await client.fetch("https://api.example/", { method: "POST" });
    await client.fetch("//evil.example/", { method: "POST" });
    expect(tokens(seen)).toEqual([null, null, null]);
  });

  it("gives back a refusal for another reason as it is, with its body", async () => {
    const pages = openPages("stateful");
    let asked = 0;
    const fetchOf: typeof fetch = async () => {
      asked += 1;
      return Response.json({ code: "forbidden" }, { status: 403 });
    };
    const reply = await pages.tab({ fetch: fetchOf }).fetch("/api", { method: "POST" });
    expect([reply.status, await reply.json(), asked]).toEqual([403, { code: "forbidden" }, 1]);
  });
});

describe("client.withAuth", () => {
  const refused = Object.assign(new Error("no"), { response: { status: 401 } });

  it("renews and runs once more what failed for want of a session, thrown or given back", async () => {
    const { client, pages } = await app();
    const throws = vi.fn<() => Promise<string>>().mockRejectedValueOnce(refused).mockResolvedValue("done");
    expect(await client.withAuth(throws)).toBe("done");
    const gives = vi
      .fn<() => Promise<object>>()
      .mockResolvedValueOnce({ status: 401 })
      .mockResolvedValue({ a: 1 });
    expect(await client.withAuth(gives)).toEqual({ a: 1 });
    expect(pages.asked()).toEqual(["POST /refresh", "POST /refresh"]);
  });

  it("passes on what fails otherwise, fails again, or fails for nobody", async () => {
    const { client, pages } = await app();
    const broken = vi.fn<() => Promise<never>>().mockRejectedValue(new Error("broken"));
    await expect(client.withAuth(broken)).rejects.toThrow("broken");
    expect(broken).toHaveBeenCalledOnce();
    const always = vi.fn<() => Promise<never>>().mockRejectedValue(refused);
    await expect(client.withAuth(always)).rejects.toBe(refused);
    expect(always).toHaveBeenCalledTimes(2);
    await client.signOut();
    pages.asked();
    const nobody = vi.fn<() => Promise<never>>().mockRejectedValue(refused);
    await expect(client.withAuth(nobody)).rejects.toBe(refused);
    expect(nobody).toHaveBeenCalledOnce();
  });
});

describe("isAuthError", () => {
  it("knows a 401 in all its forms, and nothing else", () => {
    const error = { code: "x", status: 401, message: "" };
    for (const one of [error, { error }, { response: error }, new Response(null, { status: 401 })])
      expect(isAuthError(one)).toBe(true);
    for (const one of [null, undefined, "401", 401, {}, { status: 403 }, { error: null }, new Error("x")])
      expect(isAuthError(one)).toBe(false);
  });
});

import { afterEach, describe, expect, it, vi } from "vitest";
import { closePages, openPages, signedIn } from "./client-test-kit.fixture.ts";

/** The pieces that cannot be loaded: the network is away, or the page is from before the site was deployed anew. */
const { missing, load } = vi.hoisted(() => {
  const names = new Set<string>();
  const spoil = async (name: string, original: () => Promise<object>): Promise<object> =>
    new Proxy(
      { ...(await original()) },
      {
        get(target, key, receiver): unknown {
          if (key !== "then" && names.has(name))
            throw new TypeError("Failed to fetch dynamically imported module");
          return Reflect.get(target, key, receiver);
        },
      },
    );
  return { missing: names, load: spoil };
});
vi.mock("./watch.ts", (original) => load("watch", original));
vi.mock("./token-storage.ts", (original) => load("token-storage", original));
vi.mock("./authorized-fetch.ts", (original) => load("authorized-fetch", original));

afterEach(() => {
  missing.clear();
  closePages();
});

describe("a piece that cannot be loaded", () => {
  it("of the watch is loaded later, and the session watched from then on", async () => {
    const pages = await signedIn("stateful");
    missing.add("watch");
    const client = pages.tab({ events: false });
    client.subscribe(() => {});
    await pages.settle();
    expect(client.$session.get().status).toBe("signed-in");
    missing.clear();
    await pages.pass(11_000, 11);
    pages.asked();
    await pages.pass(300_000, 10);
    expect(pages.asked()).toEqual(["GET /session"]);
  });

  it("of the tokens is an outage, which is over once it can be loaded", async () => {
    const pages = openPages("stateful", { transports: ["header"] });
    missing.add("token-storage");
    const client = pages.tab({ transport: "header", events: false });
    client.subscribe(() => {});
    expect(await client.getSession()).toMatchObject({ ok: false, error: { code: "unreachable" } });
    expect(client.$session.get()).toMatchObject({ status: "pending", error: { code: "unreachable" } });
    missing.clear();
    expect(await client.getSession()).toMatchObject({ ok: true, data: null });
  });

  it("of client.fetch fails as the network does, and is loaded with the next request", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab({ events: false });
    missing.add("authorized-fetch");
    await expect(client.fetch("/auth/me")).rejects.toThrow(TypeError);
    missing.clear();
    expect((await client.fetch("/auth/me")).status).toBe(200);
  });
});

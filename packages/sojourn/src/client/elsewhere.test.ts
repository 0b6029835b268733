import { afterEach, describe, expect, it, vi } from "vitest";
import { ada, origin } from "../http/http-test-kit.fixture.ts";
import { closePages, openPages, type TestClient, type TestPages } from "./client-test-kit.fixture.ts";
import type { TokenStorage } from "./token-storage.ts";

const minute = 60_000;

afterEach(closePages);

/** What a phone keeps, and answers a little later. */
function asyncStorage(): TokenStorage & { readonly items: Map<string, string> } {
  const items = new Map<string, string>();
  return {
    items,
    getItem: async (key) => items.get(key) ?? null,
    setItem: async (key, value) => void items.set(key, value),
    removeItem: async (key) => void items.delete(key),
  };
}

interface Phone {
  readonly pages: TestPages;
  readonly client: TestClient;
  /** The app comes to the front, or goes to the back. */
  show(isVisible: boolean): Promise<void>;
  readonly stopped: () => boolean;
}

/** An app on a phone: no window, no document, no channel, no stream that can be read as it comes. */
async function phone(storage: TokenStorage = asyncStorage()): Promise<Phone> {
  const pages = openPages("hybrid", { transports: ["header"] }, { locks: false, channel: false });
  for (const name of ["window", "document", "location", "addEventListener", "localStorage", "navigator"])
    vi.stubGlobal(name, undefined);
  let changed: (isVisible: boolean) => void = () => {};
  let isStopped = false;
  const client = pages.tab({
    baseURL: origin,
    transport: "header",
    storage,
    events: false,
    visibility(heard) {
      changed = heard;
      return () => (isStopped = true);
    },
  });
  client.subscribe(() => {});
  await client.signUp("password", ada);
  await pages.settle();
  const show = async (isVisible: boolean): Promise<void> => {
    changed(isVisible);
    await pages.settle();
  };
  return { pages, client, show, stopped: () => isStopped };
}

describe("an app that is no page", () => {
  it("keeps its session up while it is at the front", async () => {
    const { pages, client } = await phone();
    pages.asked();
    await pages.pass(20 * minute, 120);
    expect(pages.asked()).toContain("POST /refresh");
    expect(client.$session.get()).toMatchObject({ status: "signed-in", user: { email: ada.email } });
  });

  it("asks nothing at the back, where nobody keeps the session alive, and looks again once it is at the front", async () => {
    const { pages, client, show } = await phone();
    await show(false);
    pages.asked();
    await pages.pass(60 * minute, 120);
    expect(pages.asked()).toEqual([]);
    await show(true);
    await pages.pass(3000, 3);
    expect(pages.asked()).toContain("POST /refresh");
    expect(client.$session.get()).toMatchObject({ status: "signed-in", error: null });
  });

  it("learns at the front of what ended at the back", async () => {
    const { pages, client, show } = await phone();
    await show(false);
    await pages.pass(minute);
    await pages.site.auth.sessions.revokeAll(client.$session.get().user?.id ?? "");
    await show(true);
    await pages.pass(1000);
    expect(client.$session.get()).toMatchObject({ status: "signed-out", user: null });
  });

  it("opens no stream at the back", async () => {
    const { pages, show } = await phone();
    let shown: (isVisible: boolean) => void = () => {};
    const client = pages.tab({
      baseURL: origin,
      transport: "header",
      visibility: (changed) => ((shown = changed), () => {}),
    });
    client.subscribe(() => {});
    await client.signIn("password", { email: ada.email, password: ada.password });
    await pages.settle();
    const streams = (): number => pages.asked().filter((name) => name === "GET /events").length;
    expect(streams()).toBe(1);
    shown(false);
    await pages.settle();
    await client.getSession();
    await pages.settle();
    expect(streams()).toBe(0);
    shown(true);
    await pages.settle();
    expect(streams()).toBe(1);
    client.close();
    await show(false);
  });

  it("learns at once of an end elsewhere, from a stream that it is given only when it is over", async () => {
    const { pages } = await phone();
    const fetchOf: typeof fetch = async (input, init) => {
      const response = await pages.fetch(input, init);
      if (!String(input).endsWith("/events")) return response;
      const text = await response.text();
      return { ok: true, body: undefined, text: async () => text } as unknown as Response;
    };
    const client = pages.tab({ baseURL: origin, transport: "header", fetch: fetchOf });
    client.subscribe(() => {});
    await client.signIn("password", { email: ada.email, password: ada.password });
    await pages.pass(1000);
    await pages.site.auth.sessions.revokeAll(client.$session.get().user?.id ?? "");
    await pages.settle();
    expect(client.$session.get()).toMatchObject({ status: "signed-out", reason: "revoked" });
  });

  it("stops listening when it is closed", async () => {
    const { client, stopped } = await phone();
    expect(stopped()).toBe(false);
    client.close();
    expect(stopped()).toBe(true);
  });

  it("is signed in still when it is started again", async () => {
    const storage = asyncStorage();
    const { pages } = await phone(storage);
    expect(storage.items.size).toBe(1);
    const again = pages.tab({ baseURL: origin, transport: "header", storage, events: false });
    again.subscribe(() => {});
    await pages.settle();
    expect(again.$session.get()).toMatchObject({ status: "signed-in", user: { email: ada.email } });
    expect((await again.fetch("/auth/me")).status).toBe(200);
  });
});

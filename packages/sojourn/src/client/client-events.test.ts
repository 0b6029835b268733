import { afterEach, describe, expect, it } from "vitest";
import {
  closePages,
  hold,
  openPages,
  signedIn,
  type TestClient,
  type TestPages,
} from "./client-test-kit.fixture.ts";
import { ada } from "../http/http-test-kit.fixture.ts";

const minute = 60_000;
const quiet = { refetchInterval: 0 };

afterEach(closePages);

async function open(pages: TestPages, count = 1, options: object = quiet): Promise<TestClient[]> {
  const tabs = Array.from({ length: count }, () => pages.tab(options));
  for (const tab of tabs) tab.subscribe(() => {});
  await pages.settle();
  return tabs;
}

const revoke = (pages: TestPages, client?: TestClient): Promise<unknown> =>
  pages.site.auth.sessions.revokeAll(client?.$session.get().user?.id ?? "", { reason: "revoked_by_admin" });
const streams = (asked: readonly string[]): number => asked.filter((name) => name === "GET /events").length;

describe.each(["stateful", "hybrid"] as const)("a page of a %s site", (strategy) => {
  it("learns at once that its session was ended elsewhere, in all tabs, over one stream", async () => {
    const pages = await signedIn(strategy);
    const tabs = await open(pages, 5);
    expect(streams(pages.asked())).toBe(1);
    await pages.pass(2000);
    await revoke(pages, tabs[0]);
    await pages.settle();
    for (const tab of tabs)
      expect(tab.$session.get()).toMatchObject({ status: "signed-out", reason: "revoked_by_admin" });
    await pages.pass(minute, 4);
    expect(streams(pages.asked())).toBe(0);
  });

  it("is not content with an answer that was under way when the session ended", async () => {
    const pages = await signedIn(strategy);
    const [client] = await open(pages);
    await pages.pass(2000);
    const answer = hold(pages, "GET /session");
    void client?.getSession();
    await pages.settle();
    // The server has said by now that it lives, and the word is on its way.
    await revoke(pages, client);
    await pages.settle();
    answer();
    await pages.settle();
    expect(client?.$session.get()).toMatchObject({ status: "signed-out", reason: "revoked_by_admin" });
  });

  it("learns so with tokens, too", async () => {
    const pages = openPages(strategy, { transports: ["header"] });
    const [client] = await open(pages, 1, { ...quiet, transport: "header" });
    await client?.signUp("password", ada);
    await pages.pass(2000);
    await revoke(pages, client);
    await pages.settle();
    expect(client?.$session.get()).toMatchObject({ status: "signed-out", reason: "revoked_by_admin" });
  });
});

describe("the stream", () => {
  it("is opened again when it breaks, after a look at what was missed", async () => {
    const pages = await signedIn("stateful");
    let breaks = 2;
    const fetchOf: typeof fetch = async (input, init) => {
      const response = await pages.fetch(input, init);
      if (!String(input).endsWith("/events") || breaks === 0) return response;
      breaks -= 1;
      return new Response(null, { status: 502 });
    };
    const [client] = await open(pages, 1, { ...quiet, fetch: fetchOf });
    await pages.pass(10_000, 40);
    expect(pages.asked()).toEqual([
      "GET /session",
      "GET /events",
      "GET /session",
      "GET /events",
      "GET /session",
      "GET /events",
    ]);
    await revoke(pages, client);
    await pages.settle();
    expect(client?.$session.get().status).toBe("signed-out");
  });

  it("is opened again as soon as an outage is over, however long that was", async () => {
    const pages = await signedIn("stateful");
    let cut = (): void => {};
    const fetchOf: typeof fetch = async (input, init) => {
      if (pages.offline || !String(input).endsWith("/events")) return pages.fetch(input, init);
      pages.requests.push("GET /events");
      return new Response(
        new ReadableStream({ start: (controller) => (cut = () => controller.error(new Error("cut"))) }),
      );
    };
    const [client] = await open(pages, 1, { ...quiet, fetch: fetchOf });
    pages.offline = true;
    cut();
    await pages.pass(2 * minute, 120);
    pages.asked();
    pages.offline = false;
    expect((await client?.getSession())?.ok).toBe(true);
    await pages.settle();
    expect(pages.asked()).toEqual(["GET /session", "GET /events"]);
  });

  it("where there is none is made up for by asking, less and less often", async () => {
    const pages = await signedIn("stateful");
    const fetchOf: typeof fetch = async (input, init) =>
      String(input).endsWith("/events") ? new Response(null, { status: 404 }) : pages.fetch(input, init);
    const [client] = await open(pages, 1, { ...quiet, fetch: fetchOf });
    pages.asked();
    await pages.pass(5 * minute, 300);
    const asked = pages.asked().length;
    expect(asked).toBeGreaterThan(8);
    expect(asked).toBeLessThan(16);
    await revoke(pages, client);
    await pages.pass(31_000, 31);
    expect(client?.$session.get()).toMatchObject({ status: "signed-out", reason: "revoked_by_admin" });
  });

  it("that says nothing for a minute is one that nobody closed", async () => {
    const pages = await signedIn("stateful");
    const silent: typeof fetch = async (input, init) => {
      if (!String(input).endsWith("/events")) return pages.fetch(input, init);
      pages.requests.push("GET /events");
      const never = new ReadableStream({
        start: (controller) =>
          init?.signal?.addEventListener("abort", () => controller.error(new Error("aborted"))),
      });
      return new Response(never);
    };
    await open(pages, 1, { ...quiet, fetch: silent });
    await pages.pass(62_000, 62);
    expect(streams(pages.asked())).toBe(2);
  });

  it("stays open while it is heard of", async () => {
    const pages = await signedIn("stateful");
    await open(pages);
    await pages.pass(10 * minute, 600);
    expect(streams(pages.asked())).toBe(1);
  });

  it("closes with the last who looks, and is left to the other tabs by a page that freezes", async () => {
    const pages = await signedIn("stateful");
    const one = pages.tab(quiet);
    const stop = one.subscribe(() => {});
    await pages.settle();
    stop();
    await pages.pass(2000, 2);
    pages.asked();
    await revoke(pages, one);
    await pages.settle();
    expect(one.$session.get().status).toBe("signed-in");
    const pagesAgain = await one.getSession();
    expect(pagesAgain).toMatchObject({ ok: true, data: null });
  });

  it("of a page that was frozen is opened anew when it comes back", async () => {
    const pages = await signedIn("stateful");
    await open(pages);
    await pages.fire("freeze");
    expect(streams(pages.asked())).toBe(1);
    await pages.fire("resume");
    expect(streams(pages.asked())).toBe(1);
  });

  it("is seldom asked for without locks by tabs that nobody sees", async () => {
    const pages = await signedIn("stateful", {}, { locks: false });
    pages.visibility = "hidden";
    const [client] = await open(pages);
    expect(streams(pages.asked())).toBe(0);
    pages.visibility = "visible";
    await pages.fire("visibilitychange");
    expect(streams(pages.asked())).toBe(1);
    await pages.pass(1000);
    await revoke(pages, client);
    await pages.settle();
    expect(client?.$session.get().status).toBe("signed-out");
  });
});

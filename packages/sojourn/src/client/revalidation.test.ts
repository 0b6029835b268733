import { afterEach, describe, expect, it } from "vitest";
import { closePages, signedIn, type TestClient, type TestPages } from "./client-test-kit.fixture.ts";
import type { ClientOptions } from "./client-options.ts";

const minute = 60_000;
const look = ["GET /session"];

afterEach(closePages);

/** A page whose user is signed in, and known to be. */
async function open(options: ClientOptions = {}): Promise<{ pages: TestPages; client: TestClient }> {
  const pages = await signedIn("stateful");
  const client = pages.tab({ events: false, ...options });
  client.subscribe(() => {});
  await pages.settle();
  pages.asked();
  return { pages, client };
}

describe("a page looks again", () => {
  it.each(["focus", "visibilitychange"])("on %s, at most every 30 seconds", async (event) => {
    const { pages } = await open();
    await pages.pass(29_000);
    await pages.fire(event);
    expect(pages.asked()).toEqual([]);
    await pages.pass(2000);
    await pages.fire(event);
    expect(pages.asked()).toEqual(look);
    await pages.pass(10_000);
    await pages.fire(event);
    expect(pages.asked()).toEqual([]);
  });

  it("when the network is back", async () => {
    const { pages } = await open();
    await pages.fire("online");
    expect(pages.asked()).toEqual(look);
  });

  it("after each interval, for as long as somebody listens and the page is seen", async () => {
    const { pages, client } = await open({ refetchInterval: 60 });
    await pages.pass(2 * minute + 2000, 122);
    expect(pages.asked()).toEqual([...look, ...look]);
    pages.visibility = "hidden";
    await pages.pass(5 * minute, 60);
    expect(pages.asked()).toEqual([]);
    client.close();
    pages.visibility = "visible";
    await pages.pass(5 * minute, 60);
    expect(pages.asked()).toEqual([]);
  });

  it("not where the app wants none of it", async () => {
    const { pages } = await open({
      refetchInterval: 0,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    });
    await pages.pass(10 * minute, 20);
    for (const event of ["focus", "visibilitychange", "online"]) await pages.fire(event);
    expect(pages.asked()).toEqual([]);
  });

  it("behind what is shown: nothing looks as if it were waited for", async () => {
    const { pages, client } = await open();
    const shown: string[] = [];
    client.$session.listen(({ status, isPending, isRefetching, user }) =>
      shown.push(`${status} ${isPending} ${isRefetching} ${user !== null}`),
    );
    await pages.fire("online");
    expect(shown).toEqual(["signed-in false true true", "signed-in false false true"]);
  });
});

import { afterEach, describe, expect, it } from "vitest";
import { ada, cookieName, origin, strategies } from "../http/http-test-kit.fixture.ts";
import { closePages, openPages, signedIn, type TestPages } from "./client-test-kit.fixture.ts";

const minute = 60_000;

afterEach(closePages);

/** As a server takes it out of the request for the page. */
const snapshotFor = ({ site, jar }: TestPages) =>
  site.auth.snapshot(
    new Request(`${origin}/`, { headers: { cookie: jar.cookie, "user-agent": jar.userAgent } }),
  );

describe.each(strategies)("auth.snapshot of a %s site", (strategy) => {
  it("is what GET /session answers", async () => {
    const { site, jar } = await signedIn(strategy);
    const { body } = await jar.get("/session");
    expect(await snapshotFor({ site, jar } as TestPages)).toEqual(body);
    expect(JSON.stringify(body)).not.toContain(jar.value(cookieName));
  });

  it("is null for who is not signed in, and fails in an outage rather than say so", async () => {
    const pages = openPages(strategy);
    expect(await snapshotFor(pages)).toBeNull();
    if (strategy === "stateless") return;
    await pages.jar.post("/sign-up/password", ada);
    pages.site.outage.sessions = true;
    await pages.pass(20 * minute);
    await expect(snapshotFor(pages)).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("spares the page its request", async () => {
    const pages = await signedIn(strategy);
    const client = pages.tab({ events: false, initial: await snapshotFor(pages) });
    expect(client.$session.get()).toMatchObject({ status: "signed-in", user: { email: ada.email } });
    expect(client.$session.init).toBe(client.$session.get());
    client.subscribe(() => {});
    await pages.pass(minute);
    expect(pages.asked()).toEqual([]);
  });
});

describe("a page with a snapshot", () => {
  it("that says nobody asks nothing, where no cookie says otherwise", async () => {
    const pages = openPages("stateful");
    const client = pages.tab({ initial: null });
    client.subscribe(() => {});
    await pages.settle();
    expect([client.$session.get().status, pages.asked()]).toEqual(["signed-out", []]);
  });

  it("out of a cache, from before the browser signed in, asks", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab({ initial: null, events: false });
    client.subscribe(() => {});
    expect(client.$session.get().status).toBe("pending");
    await pages.settle();
    expect(client.$session.get().status).toBe("signed-in");
  });

  it("out of a cache, from before the browser signed out, shows nothing of it", async () => {
    const pages = await signedIn("stateful");
    const initial = await snapshotFor(pages);
    await pages.jar.post("/sign-out").then(({ hints }) => pages.jar.take(hints));
    const client = pages.tab({ initial, events: false });
    expect(client.$session.get()).toMatchObject({ status: "pending", user: null });
    client.subscribe(() => {});
    await pages.settle();
    expect([client.$session.get().status, pages.asked()]).toEqual(["signed-out", ["GET /session"]]);
  });

  it("that says nobody is not believed where tokens are kept, which the server does not see", async () => {
    const pages = openPages("stateful", { transports: ["header"] });
    const options = { transport: "header", storage: localStorage, events: false } as const;
    await pages.tab(options).signUp("password", ada);
    const client = pages.tab({ ...options, initial: null });
    client.subscribe(() => {});
    await pages.settle();
    expect(client.$session.get().status).toBe("signed-in");
  });

  it("that does not say when it is from is no last word", async () => {
    const pages = await signedIn("stateful");
    const found = await pages.site.auth.getSession({ headers: { cookie: pages.jar.cookie } });
    const client = pages.tab({ initial: found as never, events: false });
    client.subscribe(() => {});
    expect(client.$session.get()).toMatchObject({ status: "signed-in", user: { email: ada.email } });
    await pages.pass(10);
    await client.signOut();
    expect(client.$session.get().status).toBe("signed-out");
  });

  it("that is right while the hint cookie got lost signs nobody out", async () => {
    const pages = await signedIn("stateful");
    const initial = await snapshotFor(pages);
    for (const name of pages.jar.jar.keys()) if (name.includes("hint")) pages.jar.jar.delete(name);
    const client = pages.tab({ initial, events: false });
    const seen = new Set<string>();
    client.subscribe(({ status }) => seen.add(status));
    await pages.settle();
    client.hydrate(initial);
    await pages.settle();
    expect([...seen]).toEqual(["pending", "signed-in"]);
  });

  it("that is old shows it, and looks again at once", async () => {
    const pages = await signedIn("stateful");
    const initial = await snapshotFor(pages);
    await pages.pass(10 * minute);
    const client = pages.tab({ initial, events: false });
    client.subscribe(() => {});
    expect(client.$session.get().status).toBe("signed-in");
    await pages.settle();
    expect(pages.asked()).toEqual(["GET /session"]);
  });

  it("costs nothing when its parts are taken off and put on again, until it is old", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab({ events: false });
    client.subscribe(() => {})();
    await pages.settle();
    expect(pages.asked()).toEqual(["GET /session"]);
    for (let mount = 0; mount < 5; mount += 1) {
      const unmount = client.subscribe(() => {});
      await pages.pass(2000);
      unmount();
      await pages.pass(2000);
    }
    expect(pages.asked()).toEqual([]);
    await pages.pass(10 * minute);
    expect(pages.asked()).toEqual([]);
    client.subscribe(() => {});
    await pages.settle();
    expect(pages.asked()).toEqual(["GET /session"]);
  });

  it("from the back-forward cache shows nothing until it knows", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab({ events: false });
    const seen: string[] = [];
    client.subscribe(({ status }) => seen.push(status));
    await pages.settle();
    seen.length = 0;
    await pages.fire("pageshow", { persisted: true });
    expect([seen[0], seen.at(-1)]).toEqual(["pending", "signed-in"]);
    await pages.jar.post("/sign-out").then(({ hints }) => pages.jar.take(hints));
    pages.asked();
    seen.length = 0;
    await pages.fire("pageshow", { persisted: true });
    expect([...new Set(seen)]).toEqual(["pending", "signed-out"]);
    expect(pages.asked()).toEqual([]);
  });
});

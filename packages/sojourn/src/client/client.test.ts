import { afterEach, describe, expect, it } from "vitest";
import { ada, strategies } from "../http/http-test-kit.fixture.ts";
import { closePages, openPages, signedIn } from "./client-test-kit.fixture.ts";

const { email, password } = ada;
const minute = 60_000;

afterEach(closePages);

describe.each(strategies)("a page of a %s site", (strategy) => {
  it("asks once who is signed in, however many look", async () => {
    const pages = await signedIn(strategy);
    const client = pages.tab({ events: false });
    const states: string[] = [];
    client.subscribe(({ status }) => states.push(status));
    client.subscribe(() => {});
    await pages.settle();
    expect(client.$session.get()).toMatchObject({ status: "signed-in", user: { email }, isPending: false });
    expect(pages.asked()).toEqual(["GET /session"]);
    expect(states[0]).toBe("pending");
  });

  it("has the session data that the server shows, also with what it is told on signing in", async () => {
    const data = { theme: { schema: String, expose: true }, hidden: String };
    const pages = openPages(strategy, { session: { data } });
    const client = pages.tab({ events: false });
    client.subscribe(() => {});
    const entered = await client.signUp("password", ada);
    expect(client.$session.get().data).toEqual({});
    const { sid } = entered.unwrap().session;
    await pages.site.auth.sessions.setData(sid, "theme", "dark");
    await pages.site.auth.sessions.setData(sid, "hidden", "x");
    await pages.pass(1000);
    await client.getSession();
    expect(client.$session.get().data).toEqual({ theme: "dark" });
    await client.signOut();
    expect(client.$session.get().data).toBeNull();
  });

  it("says when it renews next, and by what", async () => {
    const pages = await signedIn(strategy);
    const client = pages.tab({ events: false });
    expect(client.$session.get().renewal).toBeNull();
    client.subscribe(() => {});
    await pages.settle();
    const { renewal } = client.$session.get();
    expect(renewal?.by).toBe(strategy === "stateful" ? "touch" : "refresh");
    const untilThen = Date.parse(renewal?.at ?? "") - Date.now();
    expect(untilThen).toBeGreaterThan(minute);
    // A click after that is something done, and renews.
    await pages.pass(untilThen + minute, 40);
    await pages.fire("pointerdown");
    await pages.settle();
    expect(Date.parse(client.$session.get().renewal?.at ?? "")).toBeGreaterThan(Date.now());
    await client.signOut();
    expect(client.$session.get().renewal).toBeNull();
  });

  it("asks nothing for a visitor who never signed in", async () => {
    const pages = openPages(strategy);
    const client = pages.tab();
    client.subscribe(() => {});
    expect(client.$session.get().status).toBe("signed-out");
    await pages.fire("focus");
    await pages.fire("online");
    await pages.pass(60 * minute, 12);
    expect(pages.asked()).toEqual([]);
  });

  it("signs in and out, and tells so at once", async () => {
    const pages = openPages(strategy);
    const client = pages.tab({ events: false });
    client.subscribe(() => {});
    const entered = await client.signUp("password", ada);
    expect(entered).toMatchObject({ ok: true, data: { user: { email } } });
    expect(client.$session.get().status).toBe("signed-in");
    expect(await client.signOut()).toMatchObject({ ok: true });
    expect(client.$session.get()).toMatchObject({ status: "signed-out", reason: "signed_out" });
    const wrong = await client.signIn("password", { email, password: "wrong" });
    expect(wrong).toMatchObject({ ok: false, error: { code: "invalid_credentials", status: 401 } });
    expect(await client.signIn("password", { email, password })).toMatchObject({ ok: true });
    expect(client.$session.get().status).toBe("signed-in");
  });
});

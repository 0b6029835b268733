import { afterEach, describe, expect, it, vi } from "vitest";
import { ada } from "../http/http-test-kit.fixture.ts";
import { watchExpiry } from "./expiry.ts";
import { closePages, hold, openPages, signedIn } from "./client-test-kit.fixture.ts";

afterEach(closePages);

describe("a client that is closed", () => {
  it("leaves no timer and no stream, whoever still listens, and hears nothing of the other tabs", async () => {
    const pages = await signedIn("stateful");
    const signals: (AbortSignal | null | undefined)[] = [];
    const client = pages.tab({
      fetch: (input, init) => {
        if (String(input).endsWith("/events")) signals.push(init?.signal);
        return pages.fetch(input, init);
      },
    });
    client.subscribe(() => {});
    client.onExpired(() => {});
    await pages.settle();
    expect([vi.getTimerCount() > 0, signals.map((signal) => signal?.aborted)]).toEqual([true, [false]]);
    client.close();
    await pages.settle();
    expect([vi.getTimerCount(), signals.map((signal) => signal?.aborted)]).toEqual([0, [true]]);
    const other = pages.tab({ events: false });
    await other.signOut();
    await pages.settle();
    expect(client.$session.get().status).toBe("signed-in");
    pages.asked();
    client.subscribe(() => {});
    await pages.fire("focus");
    await pages.pass(600_000, 10);
    expect(pages.asked()).toEqual([]);
  });

  it.each([true, false])("finishes what is under way, with a channel: %s", async (channel) => {
    const pages = await signedIn("stateful", {}, { channel });
    const client = pages.tab({ events: false });
    const answer = hold(pages, "GET /session");
    const reading = client.getSession();
    await pages.settle();
    client.close();
    answer();
    expect(await reading).toMatchObject({ ok: true, data: { user: {} } });
    expect(await client.signOut()).toMatchObject({ ok: true });
    expect(client.$session.get().status).toBe("signed-out");
  });
});

describe.each(["cookie", "header"] as const)(
  "who ends their own session from the list, with %s transport",
  (transport) => {
    it("has signed out, in all tabs, and not run out of time", async () => {
      const pages = openPages("hybrid", { transports: [transport] });
      const storage = localStorage;
      const tabs = [1, 2].map(() => pages.tab({ events: false, transport, storage }));
      const expired = vi.fn<() => void>();
      for (const tab of tabs) tab.onExpired(expired);
      await tabs[0]?.signUp("password", ada);
      await pages.pass(10);
      const [entry] = (await tabs[0]?.sessions.list())?.data ?? [];
      expect(await tabs[0]?.sessions.revoke(entry?.sid ?? "")).toMatchObject({ ok: true });
      await pages.settle();
      for (const tab of tabs)
        expect(tab.$session.get()).toMatchObject({ status: "signed-out", reason: "signed_out" });
      expect(expired).not.toHaveBeenCalled();
      expect(pages.asked()).toEqual([
        "POST /sign-up/password",
        "GET /sessions",
        `DELETE /sessions/${entry?.sid}`,
      ]);
    });
  },
);

describe("a listener that is given twice", () => {
  it("is told twice, and once where it is taken off once", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab({ events: false });
    const told = vi.fn<() => void>();
    const stop = client.onExpired(told);
    client.onExpired(told);
    await pages.settle();
    stop();
    await pages.site.auth.sessions.revokeAll(client.$session.get().user?.id ?? "");
    await client.getSession();
    expect(told).toHaveBeenCalledOnce();
  });
});

describe("a watch over the end that was stopped", () => {
  it("takes a late wish to stay", async () => {
    const pages = await signedIn("stateful");
    const client = pages.tab({ events: false });
    const watch = watchExpiry(client);
    await pages.settle();
    watch.stop();
    expect(await watch.stay()).toMatchObject({ ok: true });
  });
});

describe("the address for signing in at a provider", () => {
  it("asks for what is given, and for nothing that is undefined", () => {
    const client = openPages("stateful").tab();
    expect(client.signInURL("google")).toBe("/auth/sign-in/google");
    const returnTo = "/notes?of=me&all";
    expect(client.signInURL("google", { returnTo, remember: true })).toBe(
      "/auth/sign-in/google?returnTo=%2Fnotes%3Fof%3Dme%26all&remember=true",
    );
    const nothing = { returnTo: undefined } as unknown as { returnTo: string };
    expect(client.signInURL("google", nothing)).toBe("/auth/sign-in/google");
  });
});

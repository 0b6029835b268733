import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { sendResponse } from "../adapters/node.ts";
import type { StreamSource } from "../auth.ts";
import type { StoredUser } from "../ports/user-directory.ts";
import type { Browser } from "./browser.fixture.ts";
import { type StreamEvent, sent } from "./event-stream.ts";
import { createFleet } from "./fleet.fixture.ts";
import { createSite, origin, type Site, strategies } from "./http-test-kit.fixture.ts";

/** A source that a test feeds, and what became of it. */
function feed() {
  const waiting: StreamEvent[] = [];
  let wake = (): void => {};
  const seen = { opened: 0, returned: 0, aborted: 0, userId: "" };
  const source: StreamSource<StoredUser, object> = async function* ({ user }, signal) {
    seen.opened += 1;
    seen.userId = user.id;
    signal.addEventListener("abort", () => {
      seen.aborted += 1;
      wake();
    });
    try {
      while (!signal.aborted) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      seen.returned += 1;
    }
  };
  const say = (event: StreamEvent): void => {
    waiting.push(event);
    wake();
  };
  return { source, say, seen };
}

/** A stream that was opened, and what has come through it. */
async function open(site: Site, browser: Browser, source: StreamSource<StoredUser, object>) {
  const controller = new AbortController();
  const request = new Request(`${origin}/news`, {
    headers: { cookie: browser.cookie },
    signal: controller.signal,
  });
  const response = await site.auth.eventStream(request, source);
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const state = { text: "", closed: false, failed: false };
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      state.text += decoder.decode(value);
    }
  };
  void read().then(
    () => (state.closed = true),
    () => (state.failed = true),
  );
  await site.clock.advance(0);
  return { state, response, abort: () => controller.abort(), cancel: () => reader.cancel() };
}

const sidOf = async (browser: Browser): Promise<string> => (await browser.get("/session")).body.session.sid;

describe.each(strategies)("an event stream of the app in a %s session", (strategy) => {
  it("says what its source says, in the order of it", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const { source, say, seen } = feed();
    const { state, response, abort } = await open(site, ada, source);
    say("hello");
    say({ event: "order", id: "7", data: { total: 3 } });
    await site.clock.advance(0);
    expect(state.text).toBe(': open\n\ndata: hello\n\nevent: order\nid: 7\ndata: {"total":3}\n\n');
    expect(seen.userId).toBe((await ada.get("/me")).body.id);
    expect(response.headers.get("cache-control")).toBe("private, no-store");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    abort();
  });

  it("SC-20: says why its session is over and closes, on another node within the bound", async () => {
    const { here, there } = createFleet(strategy);
    const ada = await here.signedUp();
    const sid = await sidOf(ada);
    const { source, seen } = feed();
    const { state } = await open(here, ada, source);
    await there.auth.sessions.revoke(sid, "revoked_by_admin");
    await here.clock.advance(2000);
    expect(state.text).toMatch(
      /event: session_ended\ndata: \{"sid":"[^"]+","reason":"revoked_by_admin"\}\n\n$/,
    );
    expect([state.closed, seen.aborted, seen.returned]).toEqual([true, 1, 1]);
  });

  it("beats through an outage, and closes when its session ends after it", async () => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const { state } = await open(site, ada, feed().source);
    site.outage.sessions = true;
    for (let i = 0; i < 4; i += 1) await site.pass(25_000);
    expect([state.closed, state.text]).toEqual([false, `: open\n\n${": still here\n\n".repeat(4)}`]);
    site.outage.sessions = false;
    await ada.post("/sign-out");
    await site.pass(2000);
    expect([state.closed, state.text.includes('"reason":"signed_out"')]).toEqual([true, true]);
  });

  it.each(["abort", "cancel"] as const)("leaves nothing behind after its reader's %s", async (way) => {
    const site = createSite(strategy);
    const ada = await site.signedUp();
    const first = await open(site, ada, feed().source);
    await site.clock.advance(1000);
    const withOne = site.clock.pendingTimers;
    const { source, seen } = feed();
    const second = await open(site, ada, source);
    expect(site.clock.pendingTimers).toBe(withOne + 1);
    await second[way]();
    await site.clock.advance(0);
    expect([second.state.closed, seen.aborted, seen.returned]).toEqual([true, 1, 1]);
    expect(site.clock.pendingTimers).toBe(withOne);
    first.abort();
  });

  it("is for those who are signed in, and away during an outage", async () => {
    const site = createSite(strategy, { redirects: { signIn: "/sign-in" } });
    const { source, seen } = feed();
    const ask = (headers: Record<string, string>): Promise<Response> =>
      site.auth.eventStream(new Request(`${origin}/news`, { headers }), source);
    expect((await ask({})).status).toBe(401);
    const ada = await site.signedUp();
    await site.pass(60_000);
    site.outage.sessions = true;
    const reply = await ask({ cookie: ada.cookie });
    expect([reply.status, reply.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(seen.opened).toBe(0);
  });
});

describe("an event stream of the app", () => {
  it("closes when its source has nothing more to say", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp();
    const other = await open(site, ada, feed().source);
    await site.clock.advance(1000);
    const before = site.clock.pendingTimers;
    const { state } = await open(site, ada, async function* () {
      yield "once";
    });
    expect([state.closed, state.text]).toEqual([true, ": open\n\ndata: once\n\n"]);
    expect(site.clock.pendingTimers).toBe(before);
    other.abort();
  });

  it("breaks off when its source fails, and tells the operator", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp();
    const { state } = await open(site, ada, async function* () {
      yield "once";
      throw new Error("The queue is gone.");
    });
    expect([state.failed, state.text]).toEqual([true, ": open\n\ndata: once\n\n"]);
    expect(JSON.stringify(site.logs)).toContain("The queue is gone.");
  });

  it("carries the cookies of what was renewed when it opened", async () => {
    const site = createSite("hybrid");
    const ada = await site.signedUp({}, { remember: true });
    await site.pass(16 * 60_000);
    const { response, abort } = await open(site, ada, feed().source);
    expect(response.headers.getSetCookie().some((one) => one.includes("-refresh=r1."))).toBe(true);
    abort();
  });

  it("has no body for HEAD, and does not open its source", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp();
    const { source, seen } = feed();
    const request = new Request(`${origin}/news`, { method: "HEAD", headers: { cookie: ada.cookie } });
    const response = await site.auth.eventStream(request, source);
    expect([response.status, response.body, seen.opened]).toEqual([200, null, 0]);
  });

  it("goes through node:http, and is over when the client leaves", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp();
    const { source, say, seen } = feed();
    const server = createServer((request, response) => {
      void site.auth.eventStream(request, source).then((stream) => sendResponse(stream, response));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const leaving = new AbortController();
    const reply = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/news`, {
      headers: { cookie: ada.cookie },
      signal: leaving.signal,
    });
    say("hello");
    let text = "";
    for await (const chunk of reply.body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      if (text.includes("hello")) break;
    }
    leaving.abort();
    await expect.poll(() => seen.returned).toBe(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("a server-sent event", () => {
  it.each([
    ["one\ntwo\r\nthree\rfour", "data: one\ndata: two\ndata: three\ndata: four\n\n"],
    ["a\n\nevent: session_ended", "data: a\ndata: \ndata: event: session_ended\n\n"],
    [{ data: null }, "data: null\n\n"],
    [{ data: undefined }, "data: null\n\n"],
    [{ data: "as it is", id: "" }, "id: \ndata: as it is\n\n"],
  ] as const)("%j cannot become two", (event, text) => {
    expect(sent(event)).toBe(text);
  });

  it.each([
    { id: "1\ndata: x", data: 1 },
    { event: "a\rb", data: 1 },
    { id: "1\0", data: 1 },
  ])("is refused with a line break in what is one line: %j", (event) => {
    expect(() => sent(event)).toThrow(TypeError);
  });
});

describe("watching a session", () => {
  it("tells once that it is over, whoever watches, and nobody who has stopped", async () => {
    const { here, there } = createFleet("hybrid");
    const ada = await here.signedUp();
    const live = await here.auth.requireSession({ headers: { cookie: ada.cookie } });
    const told: string[] = [];
    await here.auth.watch(live.session, (reason) => void told.push(`first ${reason}`));
    await here.auth.watch(live.session, (reason) => void told.push(`second ${reason}`));
    (await here.auth.watch(live.session, () => void told.push("stopped")))();
    await there.auth.sessions.revoke(live.session.sid);
    await here.clock.advance(2000);
    await here.pass(60_000);
    expect(told).toEqual(["first revoked", "second revoked"]);
  });

  it("is not stopped for others by a watcher that fails", async () => {
    const site = createSite("stateful");
    const ada = await site.signedUp();
    const live = await site.auth.requireSession({ headers: { cookie: ada.cookie } });
    const told: string[] = [];
    await site.auth.watch(live.session, () => {
      throw new Error("The socket is gone.");
    });
    await site.auth.watch(live.session, (reason) => void told.push(reason));
    await ada.post("/sign-out");
    expect(told).toEqual(["signed_out"]);
    expect(JSON.stringify(site.logs)).toContain("The socket is gone.");
  });

  it("ends who acts as somebody else together with the session of who acts", async () => {
    const site = createSite("stateful", { impersonation: { allow: () => true } as never });
    const admin = await site.signedUp();
    const bob = await site.signedUp({ email: "bob@example.com" });
    const from = { headers: { cookie: admin.cookie } };
    const reason = { reason: "A question of theirs." };
    const acting = await site.auth.sessions.impersonate(from, (await bob.get("/me")).body.id, reason);
    const told: string[] = [];
    await site.auth.watch(acting.session, (why) => void told.push(why));
    await site.auth.sessions.revoke(acting.session.actor?.sid ?? "");
    await site.pass(2000);
    expect(told).toEqual(["parent_ended"]);
  });

  it("knows the end of a stateless session that no store knows of", async () => {
    const site = createSite("stateless", { revocations: "none", session: { absoluteTimeout: "8d" } });
    const ada = await site.signedUp({}, { remember: true });
    const live = await site.auth.requireSession({ headers: { cookie: ada.cookie } });
    const told: string[] = [];
    await site.auth.watch(live.session, (reason) => void told.push(reason));
    await site.pass(8 * 86_400_000 - 1);
    expect(told).toEqual([]);
    await site.pass(25_000);
    expect(told).toEqual(["expired"]);
  });
});

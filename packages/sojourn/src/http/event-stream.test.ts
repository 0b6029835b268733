import { describe, expect, it } from "vitest";
import { createSite, type Site, strategies } from "./http-test-kit.fixture.ts";
import type { Browser } from "./browser.fixture.ts";

/** A stream that was opened, and what has come through it. */
interface Open {
  readonly text: () => string;
  readonly closed: () => boolean;
  readonly abort: () => void;
}

async function open(site: Site, browser: Browser): Promise<Open> {
  const controller = new AbortController();
  const headers = new Headers({ cookie: browser.cookie });
  const response = await site.auth.handler(
    new Request("https://app.example/auth/events", { headers, signal: controller.signal }),
  );
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let [text, closed] = ["", false];
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(chunk);
    closed = true;
  };
  void read().catch(() => (closed = true));
  await site.clock.advance(0);
  return { text: () => text, closed: () => closed, abort: () => controller.abort() };
}

describe.each(strategies)("the stream of a %s session", (strategy) => {
  it("beats while the session lives, and is no sign of activity", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const stream = await open(site, browser);
    for (let i = 0; i < 3; i += 1) await site.pass(25_000);
    expect(stream.text()).toMatch(/^event: alive\ndata: .*\n\n(: still here\n\n){3}$/);
    const { body } = await browser.get("/session");
    expect(body.session.lastSeenAt).toBe("2030-01-01T00:00:00.000Z");
    stream.abort();
  });

  it("SC-20: tells the reason of an end elsewhere within the lag, then closes", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const stream = await open(site, browser);
    await site.auth.sessions.revoke((await browser.get("/session")).body.session.sid, "revoked_by_admin");
    await site.clock.advance(2000);
    expect(stream.text()).toContain('"reason":"revoked_by_admin"');
    expect(stream.closed()).toBe(true);
  });

  it("closes at the next beat when its time is over", async () => {
    const site = createSite(strategy, { session: { idleTimeout: "10m" } });
    const stream = await open(site, await site.signedUp());
    await site.pass(10 * 60_000);
    expect(stream.text()).toContain('"reason":"idle"');
    expect(stream.closed()).toBe(true);
  });

  it("closes at the next beat when its user is disabled", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const stream = await open(site, browser);
    await site.accounts.users.setStatus((await browser.get("/session")).body.user.id, "disabled");
    await site.pass(25_000);
    expect(stream.text()).toContain('"reason":"user_disabled"');
    expect(stream.closed()).toBe(true);
  });

  it("is not closed by an outage, and hears of what ended meanwhile", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const stream = await open(site, browser);
    site.outage.sessions = true;
    await site.pass(60_000);
    await site.pass(60_000);
    expect(stream.closed()).toBe(false);
    site.outage.sessions = false;
    await browser.post("/sign-out");
    await site.pass(2000);
    expect(stream.text()).toContain('"reason":"signed_out"');
    expect(stream.closed()).toBe(true);
  });

  it("leaves nothing behind when its reader goes away", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const first = await open(site, browser);
    await site.clock.advance(1000);
    const withOne = site.clock.pendingTimers;
    const more = [await open(site, browser), await open(site, browser)];
    expect(site.clock.pendingTimers).toBe(withOne + 2);
    for (const stream of more) stream.abort();
    await site.clock.advance(0);
    expect(more.every((stream) => stream.closed())).toBe(true);
    expect(site.clock.pendingTimers).toBe(withOne);
    first.abort();
  });

  it("of a reader who is gone before it opens is not opened", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    (await open(site, browser)).abort();
    await site.clock.advance(1000);
    const before = site.clock.pendingTimers;
    const headers = new Headers({ cookie: browser.cookie });
    const request = new Request("https://app.example/auth/events", { headers, signal: AbortSignal.abort() });
    await site.auth.handler(request);
    await site.clock.advance(0);
    expect(site.clock.pendingTimers).toBe(before);
  });

  it("is for those who are signed in", async () => {
    const { status, code } = await createSite(strategy).browser().get("/events");
    expect([status, code]).toEqual([401, "unauthenticated"]);
  });
});

describe("a stateless session without a store", () => {
  it("has a stream that beats and cannot be told of an end", async () => {
    const site = createSite("stateless", { revocations: "none" });
    const browser = await site.signedUp();
    const stream = await open(site, browser);
    await site.pass(25_000);
    expect(stream.text()).toContain(": still here");
    stream.abort();
  });
});

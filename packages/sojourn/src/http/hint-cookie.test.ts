import { describe, expect, it } from "vitest";
import { ada, createSite, strategies } from "./http-test-kit.fixture.ts";

const attributes = "Path=/; Secure; SameSite=Lax";
const { email, password } = ada;

describe.each(strategies)("the cookie that tells page scripts of a %s session", (strategy) => {
  it("comes with the credentials, is readable, and says nothing else", async () => {
    const site = createSite(strategy);
    const { hints } = await site.browser().post("/sign-up/password", ada);
    expect(hints).toEqual([`__Host-sojourn-hint=1; ${attributes}`]);
  });

  it("lasts as long as they do", async () => {
    const site = createSite(strategy);
    await site.signedUp();
    const remembered = await site.browser().post("/sign-in/password", { email, password, remember: true });
    const ages = [...remembered.cookies, ...remembered.hints].map((one) => /Max-Age=\d+/.exec(one)?.[0]);
    expect(new Set(ages)).toEqual(new Set(["Max-Age=2592000"]));
  });

  it("goes with them, at sign-out and when they turn out to be dead", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const tab = browser.copy();
    const removed = [`__Host-sojourn-hint=; ${attributes}; Max-Age=0`];
    expect((await browser.post("/sign-out")).hints).toEqual(removed);
    expect((await tab.send("GET", "/session")).hints).toEqual(removed);
  });

  it("is not believed", async () => {
    const site = createSite(strategy);
    const { body } = await site.browser().send("GET", "/session", undefined, {
      cookie: "__Host-sojourn-hint=1",
    });
    expect(body).toBeNull();
  });

  it("does not come where the app wants none, or to whoever sends tokens in a header", async () => {
    const silent = createSite(strategy, { cookie: { hint: false } });
    expect((await silent.browser().post("/sign-up/password", ada)).hints).toEqual([]);
    const site = createSite(strategy, { transports: ["header"] });
    expect((await site.browser().post("/sign-up/password", ada)).hints).toEqual([]);
  });
});

describe("what GET /session says beside the session", () => {
  it.each([
    ["stateful", "touch", "2030-01-02T00:00:00.000Z"],
    ["stateless", "refresh", "2030-01-02T00:00:00.000Z"],
    ["hybrid", "refresh", "2030-01-01T00:14:00.000Z"],
  ] as const)("for a %s session: the server's clock, and when to %s", async (strategy, by, at) => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const { serverTime, renewal } = (await browser.get("/session")).body;
    expect([serverTime, renewal]).toEqual(["2030-01-01T00:00:00.000Z", { at, by }]);
  });

  it("tells to refresh at once where the access token has run out", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    await site.pass(16 * 60_000);
    const { serverTime, renewal } = (await browser.get("/session")).body;
    expect(renewal).toEqual({ at: serverTime, by: "refresh" });
    const refreshed = (await browser.post("/refresh")).body;
    expect(refreshed.renewal?.at).toBe("2030-01-01T00:30:00.000Z");
  });

  it("slides with a touch", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    await site.pass(86_400_000);
    expect((await browser.get("/session")).body.renewal?.at).toBe("2030-01-02T00:00:00.000Z");
    expect((await browser.post("/touch")).body.renewal?.at).toBe("2030-01-03T00:00:00.000Z");
  });

  it("says why a session is over, to the first who asks", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    await site.pass(8 * 86_400_000);
    const first = await browser.get("/session");
    expect([first.body, first.headers.get("sojourn-end-reason")]).toEqual([null, "idle"]);
    const second = await browser.get("/session");
    expect([second.body, second.headers.get("sojourn-end-reason")]).toEqual([null, null]);
  });
});

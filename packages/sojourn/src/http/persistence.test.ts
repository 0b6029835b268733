import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { memory } from "../stores/memory/index.ts";
import { sqlite } from "../stores/sqlite/index.ts";
import type { Browser } from "./browser.fixture.ts";
import {
  ada,
  cookieName,
  createSite,
  type Site,
  type SiteOptions,
  strategies,
  testSecret,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const folder = mkdtempSync(join(tmpdir(), "sojourn-persistence-"));
afterAll(() => rmSync(folder, { recursive: true }));
const newSecret = "Qe8uYt6rW2oP0iUyT5rEwQ9aSdFgHjKlZxCvBnM1234";
const newest = "Zx7cVb5nMq3wEr1tYu9iOp2aSd4fGh6jKl8xCvBnM0Q";

/** The same browser, after the deployment was replaced: its requests go to the new one. */
function moved(browser: Browser, to: Site): Browser {
  const same = to.browser(browser.userAgent);
  for (const [name, kept] of browser.jar) same.jar.set(name, kept);
  return same;
}

describe.each(strategies)("a restart, with %s sessions in a file,", (strategy) => {
  let files = 0;
  const newFile = (): string => join(folder, `${strategy}-${(files += 1)}.db`);
  /** A process: opens the file, and is over when it is closed. */
  function start(file: string, options: SiteOptions = {}): Site & { stop(): Promise<void> } {
    const accounts = sqlite(file);
    const site = createSite(strategy, { accounts, ...options });
    return { ...site, stop: async () => (await site.auth.close(), void accounts.close()) };
  }

  it("signs nobody out, and brings nobody back", async () => {
    const file = newFile();
    const before = start(file);
    const browser = await before.signedUp();
    const gone = before.browser();
    await gone.post("/sign-in/password", { email, password });
    const goneJar = gone.copy();
    await gone.post("/sign-out");
    const { sid } = (await browser.get("/session")).body.session;
    await before.stop();

    const after = start(file);
    const same = moved(browser, after);
    expect((await same.get("/session")).body.session.sid).toBe(sid);
    expect((await same.post("/refresh")).status).toBe(200);
    expect((await same.get("/me")).status).toBe(200);
    expect((await moved(goneJar, after).get("/me")).body.reason).toBe("signed_out");
    expect((await after.browser().post("/sign-in/password", { email, password })).status).toBe(200);
    await after.stop();
  });

  it("ends what ran out meanwhile by the server's own clock, whatever the browser kept", async () => {
    const file = newFile();
    const before = start(file);
    const browser = await before.signedUp({}, { remember: true });
    const touched = before.browser();
    await touched.post("/sign-in/password", { email, password, remember: true });
    await before.pass(6 * 86_400_000);
    await touched.post("/touch");
    await before.stop();
    const after = start(file);
    await after.pass(7 * 86_400_000 + 120_000);
    const { body, cookies } = await moved(browser, after).get("/me");
    expect([body.reason, cookies.length > 0]).toEqual(["idle", true]);
    expect((await moved(touched, after).get("/me")).status).toBe(200);
    await after.stop();
  });

  it("with a shorter policy applies it at once, and with a longer one changes nothing", async () => {
    const file = newFile();
    const before = start(file);
    const browser = await before.signedUp();
    await before.stop();
    const longer = start(file, { session: { idleTimeout: "20d", absoluteTimeout: "90d" } });
    expect((await moved(browser, longer).get("/session")).body.session.idleExpiresAt).toBe(
      "2030-01-08T00:00:00.000Z",
    );
    await longer.stop();
    const shorter = start(file, { session: { idleTimeout: "1h" } });
    expect((await moved(browser, shorter).get("/session")).body.session.idleExpiresAt).toBe(
      "2030-01-01T01:00:00.000Z",
    );
    await shorter.pass(3_600_000);
    expect((await moved(browser, shorter).get("/me")).body.reason).toBe("idle");
    await shorter.stop();
  });

  it("with a new secret before the old one signs nobody out, and later ones neither", async () => {
    const file = newFile();
    const first = start(file);
    const browser = await first.signedUp();
    await first.stop();
    const second = start(file, { secret: [newSecret, testSecret] });
    const same = moved(browser, second);
    expect((await same.get("/me")).status).toBe(200);
    await second.pass(60_000);
    // From here on everything is of the new secret.
    expect((await same.post(strategy === "stateful" ? "/touch" : "/refresh")).status).toBe(200);
    expect((await same.get("/me")).status).toBe(200);
    await second.stop();
    const third = start(file, { secret: newSecret });
    await third.pass(60_000);
    const still = moved(same, third);
    expect((await still.get("/me")).status).toBe(200);
    expect((await still.post("/refresh")).status).toBe(200);
    await third.stop();
  });
});

describe.each(["stateless", "hybrid"] as const)("the secrets of %s sessions", (strategy) => {
  it("that are dropped refuse what they made, and clear it", async () => {
    const accounts = memory();
    const browser = await createSite(strategy, { accounts }).signedUp();
    const site = createSite(strategy, { accounts, secret: newSecret });
    const stranger = moved(browser, site);
    const { code, cookies } = await stranger.get("/me");
    expect([code, cookies.length]).toEqual(["unauthenticated", browser.jar.size]);
    expect((await moved(browser, site).post("/refresh")).code).toBe("refresh_invalid");
  });

  it("may be changed twice while a browser is away, and all before the last are still good", async () => {
    const accounts = memory();
    const site = createSite(strategy, { accounts });
    const [a, b] = [await site.signedUp(), site.browser()];
    await b.post("/sign-in/password", { email, password });
    const second = createSite(strategy, { accounts, secret: [newSecret, testSecret] });
    await second.pass(60_000);
    const bLater = moved(b, second);
    await bLater.post("/refresh");
    const third = createSite(strategy, { accounts, secret: [newest, newSecret, testSecret] });
    await third.pass(120_000);
    for (const browser of [moved(a, third), moved(bLater, third)]) {
      expect((await browser.get("/me")).status).toBe(200);
      expect((await browser.post("/refresh")).status).toBe(200);
      expect((await browser.get("/me")).status).toBe(200);
    }
  });

  it("may be in another order on two nodes while a change is rolled out", async () => {
    const accounts = memory();
    const [oldNode, newNode] = [
      createSite(strategy, { accounts, secret: [testSecret, newSecret] }),
      createSite(strategy, { accounts, secret: [newSecret, testSecret] }),
    ];
    let browser = await oldNode.signedUp();
    for (let i = 1; i <= 6; i += 1) {
      for (const node of [oldNode, newNode]) await node.pass(60_000);
      browser = moved(browser, i % 2 === 0 ? oldNode : newNode);
      expect((await browser.post("/refresh")).status).toBe(200);
      for (const node of [oldNode, newNode]) expect((await moved(browser, node).get("/me")).status).toBe(200);
    }
  });
});

describe("a hybrid session whose successor was under way when the secret changed", () => {
  it("gets the same successor from the new deployment", async () => {
    const accounts = memory();
    const before = createSite("hybrid", { accounts });
    const browser = await before.signedUp();
    await before.pass(60_000);
    const lost = await browser.send("POST", "/refresh", {});
    const after = createSite("hybrid", { accounts, secret: [newSecret, testSecret] });
    await after.pass(3_600_000);
    const again = await moved(browser, after).post("/refresh");
    const refreshOf = (cookies: readonly string[]): string | undefined =>
      cookies.find((cookie) => cookie.startsWith(`${cookieName}-refresh`));
    expect(again.status).toBe(200);
    expect(refreshOf(again.cookies)).toBe(refreshOf(lost.cookies));
  });
});

describe("encrypted cookies", () => {
  it("are read by the next deployment with the same secret, and by none without", async () => {
    const accounts = memory();
    const encrypted = { accounts, cookie: { encrypt: true } };
    const browser = await createSite("hybrid", encrypted).signedUp();
    expect(browser.cookie).not.toMatch(/s1\.|r1\.|eyJ/);
    expect(
      (
        await moved(browser, createSite("hybrid", { ...encrypted, secret: [newSecret, testSecret] })).get(
          "/me",
        )
      ).status,
    ).toBe(200);
    expect(
      (await moved(browser, createSite("hybrid", { ...encrypted, secret: newSecret })).get("/me")).code,
    ).toBe("unauthenticated");
  });
});

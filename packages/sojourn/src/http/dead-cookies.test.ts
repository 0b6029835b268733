import { describe, expect, it } from "vitest";
import type { CookieOptions } from "../cookies/cookie-options.ts";
import type { Browser, KeptCookie } from "./browser.fixture.ts";
import { ada, cookieName, createSite, type Site, strategies } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const refreshName = `${cookieName}-refresh`;
const day = 86_400_000;

/** The Set-Cookie values that remove these cookies, with the attributes they were set with. */
function removing(jar: ReadonlyMap<string, KeptCookie>): string[] {
  return [...jar].map(([name, { attributes }]) => {
    const lasting = attributes.filter((attribute) => !attribute.startsWith("Max-Age="));
    return [`${name}=`, ...lasting, "Max-Age=0"].join("; ");
  });
}

function spoil(browser: Browser, change: (value: string) => string): void {
  for (const [name, kept] of browser.jar) browser.jar.set(name, { ...kept, value: change(kept.value) });
}

const flipLast = (value: string): string => value.slice(0, -1) + (value.endsWith("A") ? "E" : "A");

/** How cookies die, each as what happens to a browser that was signed in. */
const deaths: Readonly<Record<string, (site: Site, browser: Browser) => Promise<void> | void>> = {
  "signed out elsewhere": async (_site, browser) => void (await browser.copy().post("/sign-out")),
  idle: (site) => site.pass(8 * day),
  expired: (site) => site.pass(31 * day),
  "of a user who was disabled": async (site, browser) => {
    const { body } = await browser.get("/session");
    await site.accounts.users.setStatus(body.user.id, "disabled");
    // Where the token alone speaks for the session, the next reading at the store does it.
    await site.pass(20 * 60_000);
  },
  "tampered with": (_site, browser) => spoil(browser, flipLast),
  "cut short": (_site, browser) => spoil(browser, (value) => value.slice(0, -1)),
  "cut to nothing": (_site, browser) => spoil(browser, () => ""),
  "longer than they were": (_site, browser) => spoil(browser, (value) => `${value}A`),
  "of a version to come": (_site, browser) => spoil(browser, (value) => `x9${value.slice(2)}`),
  "made up": (_site, browser) => spoil(browser, () => "true"),
  "spelled in another way": (_site, browser) => spoil(browser, (value) => `${value}=`),
  "of another deployment": async (_site, browser) => {
    const other = createSite("stateful", { secret: "Qe8uYt6rW2oP0iUyT5rEwQ9aSdFgHjKlZxCvBnM1234" });
    const stranger = await other.signedUp();
    for (const [name, kept] of browser.jar)
      browser.jar.set(name, { ...kept, value: stranger.value(cookieName) });
  },
};

describe.each(strategies)("cookies of %s sessions", (strategy) => {
  it.each(Object.keys(deaths))(
    "that are %s are removed, each with the attributes it was set with",
    async (death) => {
      for (const path of ["/session", "/me"]) {
        const site = createSite(strategy);
        const browser = await site.signedUp({}, { remember: true });
        await deaths[death]?.(site, browser);
        // A self-contained session hears of a disabled user where it asks the store.
        if (strategy === "stateless" && death.startsWith("of a user")) {
          expect((await browser.send("POST", "/refresh", {})).cookies).toEqual(removing(browser.jar));
          continue;
        }
        const { status, cookies, body } = await browser.send("GET", path);
        expect(path === "/session" ? body : status).toBe(path === "/session" ? null : 401);
        expect(cookies, path).toEqual(removing(browser.jar));
        expect(cookies.length).toBe(strategy === "hybrid" ? 2 : 1);
      }
    },
  );

  it.each(Object.keys(deaths))("that are %s are removed by a refresh that cannot help", async (death) => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await deaths[death]?.(site, browser);
    const { status, cookies } = await browser.send("POST", "/refresh", {});
    expect([status, cookies]).toEqual([401, removing(browser.jar)]);
  });

  it("of another kind of setting are removed with just those attributes", async () => {
    const settings: CookieOptions[] = [
      { domain: "app.example", path: "/app", sameSite: "strict" },
      { sameSite: "none", partitioned: true },
      { name: "my", prefix: "none" },
    ];
    for (const cookie of settings) {
      const site = createSite(strategy, { cookie });
      const browser = await site.signedUp({}, { remember: true });
      const expected = removing(browser.jar);
      expect((await browser.copy().post("/sign-out")).cookies).toEqual(expected);
      expect((await browser.get("/session")).cookies).toEqual(expected);
    }
  });

  it("of another deployment on the same host are left alone", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    browser.jar.set("theirs", { value: "1", attributes: [] });
    browser.jar.set(`${cookieName}x`, { value: "1", attributes: [] });
    await browser.post("/sign-out");
    expect([...browser.jar.keys()]).toEqual(["theirs", `${cookieName}x`]);
  });

  it("SC-03: are never adopted: an unknown one begins no session, and signing in replaces it (fixation)", async () => {
    const site = createSite(strategy);
    const attacker = await site.signedUp({ email: "mallory@example.com" });
    await attacker.copy().post("/sign-out");
    const victim = site.browser();
    for (const [name, kept] of attacker.jar) victim.jar.set(name, kept);
    await site.signedUp();
    await victim.post("/sign-in/password", { email, password });
    expect((await victim.get("/session")).body.user.id).not.toBe(undefined);
    for (const [name, { value }] of attacker.jar) expect(victim.value(name)).not.toBe(value);
    expect((await attacker.get("/me")).status).toBe(401);
  });
});

describe.each(strategies)("two cookies of one name, with %s sessions", (strategy) => {
  it.each(["GET", "POST", "DELETE"])("are no session, and an event; %s clears nothing", async (method) => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const mallory = await site.signedUp({ email: "mallory@example.com" });
    site.eventTypes();
    const paths = {
      GET: ["/session", "/me", "/sessions", "/events"],
      POST: ["/refresh", "/touch", "/step-up"],
      DELETE: ["/sessions"],
    };
    for (const path of paths[method as keyof typeof paths]) {
      for (const cookie of [
        `${mallory.cookie}; ${browser.cookie}`,
        `${browser.cookie}; ${mallory.cookie}`,
        `${browser.cookie}; ${cookieName}=`,
      ]) {
        const body = method === "POST" ? (path === "/step-up" ? { password } : {}) : undefined;
        const reply = await browser.send(method, path, body, { cookie });
        expect(path === "/session" ? reply.body : reply.code, path).toBe(
          path === "/session" ? null : "unauthenticated",
        );
        expect(reply.cookies, path).toEqual([]);
        expect(site.eventTypes(), path).toEqual(["cookie_duplicate"]);
      }
    }
    expect((await browser.get("/me")).status).toBe(200);
  });

  it("end nobody's session by signing in, and the new one is good alone", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const cookie = `${browser.cookie}; ${cookieName}=planted`;
    const reply = await browser.send("POST", "/sign-in/password", { email, password }, { cookie });
    expect(reply.status).toBe(200);
    expect((await browser.get("/me")).status).toBe(200);
    browser.take(reply.cookies);
    expect((await browser.get("/me")).status).toBe(200);
  });
});

describe("the cookie of a stateless session", () => {
  it("that was made anew in its last moment is not taken away by a request from before", async () => {
    const site = createSite("stateless");
    const browser = await site.signedUp();
    const late = browser.copy();
    await site.pass(7 * day - 1000);
    expect((await browser.post("/refresh", {})).status).toBe(200);
    await site.pass(2000);
    for (const [method, path] of [
      ["GET", "/session"],
      ["GET", "/me"],
      ["POST", "/touch"],
      ["POST", "/refresh"],
    ] as const) {
      const reply = await late.send(method, path, method === "POST" ? {} : undefined);
      expect(reply.cookies, path).toEqual([]);
      browser.take(reply.cookies);
    }
    expect((await browser.get("/me")).status).toBe(200);
    await site.pass(60_000);
    expect((await late.send("GET", "/me")).cookies).toHaveLength(1);
  });
});

describe("the refresh cookie", () => {
  it("twice is no session either", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    site.eventTypes();
    const cookie = `${browser.cookie}; ${refreshName}=planted`;
    const { code, cookies } = await browser.send("POST", "/refresh", {}, { cookie });
    expect([code, cookies]).toEqual(["unauthenticated", []]);
    expect(site.events.at(-1)).toMatchObject({ type: "cookie_duplicate", name: refreshName });
  });

  it("alone still shows who is signed in, and is cleared with its session", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    const thief = browser.copy();
    browser.jar.delete(cookieName);
    expect((await browser.get("/me")).status).toBe(200);
    await thief.post("/sign-out");
    const { code, cookies } = await browser.send("GET", "/me");
    expect(code).toBe("session_ended");
    expect(cookies.map((cookie) => cookie.split("=", 1)[0])).toEqual([cookieName, refreshName]);
  });

  it("stays beside an access cookie that ran out", async () => {
    const site = createSite("hybrid");
    const browser = await site.signedUp();
    await site.pass(16 * 60_000);
    const { body, cookies } = await browser.send("GET", "/session");
    expect([body.session.method, cookies]).toEqual(["password", []]);
  });
});

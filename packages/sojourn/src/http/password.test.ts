import { describe, expect, it } from "vitest";
import type { Reply } from "./response-check.fixture.ts";
import { memory } from "../stores/memory/index.ts";
import {
  ada,
  cookieName,
  countingHasher,
  createSite,
  serviceBasic,
  type Site,
  strategies,
} from "./http-test-kit.fixture.ts";

const { email, password } = ada;

async function withBystanders(): Promise<Site> {
  const site = createSite("stateful");
  await site.signedUp();
  // Somebody who signs in elsewhere and has no password here.
  await site.signedUp({ email: "nopass@example.com" });
  const found = await site.accounts.users.findByEmail("nopass@example.com");
  const users = site.accounts.users as { findByEmail: (email: string) => unknown };
  const findByEmail = site.accounts.users.findByEmail.bind(site.accounts.users);
  users.findByEmail = (address) =>
    address === "nopass@example.com" ? { user: found, passwordHash: null } : findByEmail(address);
  await site.signedUp({ email: "off@example.com" });
  const off = await site.accounts.users.findByEmail("off@example.com");
  await site.accounts.users.setStatus(off?.user.id ?? "", "disabled");
  // The first sign-in of all makes the decoy; nobody's answer depends on it.
  await site.browser().post("/sign-in/password", { email, password });
  return site;
}

describe("a sign-in that fails", () => {
  const failures: Readonly<Record<string, object>> = {
    "a wrong password": { email, password: "wrong" },
    "an empty password": { email, password: "" },
    "a password that is far too long": { email, password: "x".repeat(3000) },
    "the right password and more": { email, password: `${password} ` },
    "an unknown address": { email: "nobody@example.com", password },
    "what is no address": { email: "nobody", password },
    "somebody without a password": { email: "nopass@example.com", password },
    "a disabled account and a wrong password": { email: "off@example.com", password: "wrong" },
  };

  it("looks, and works, the same whatever was wrong", async () => {
    const site = await withBystanders();
    const seen = new Set<string>();
    for (const [what, body] of Object.entries(failures)) {
      const before = { ...site.hasher.runs };
      const { status, text, cookies, headers } = await site.browser().post("/sign-in/password", body);
      const runs = {
        hash: site.hasher.runs.hash - before.hash,
        verify: site.hasher.runs.verify - before.verify,
      };
      expect(runs, what).toEqual({ hash: 0, verify: 1 });
      seen.add(JSON.stringify([status, text, cookies, [...headers]]));
    }
    expect(seen.size).toBe(1);
    expect([...seen][0]).toContain("invalid_credentials");
  });

  it("tells of a disabled account only who knows its password", async () => {
    const site = await withBystanders();
    const right = await site.browser().post("/sign-in/password", { email: "off@example.com", password });
    expect([right.status, right.code, right.cookies]).toEqual([403, "account_disabled", []]);
  });

  it("is told to the app, without the password or the address", async () => {
    const site = await withBystanders();
    site.eventTypes();
    await site
      .browser()
      .post("/sign-in/password", { email: "nobody@example.com", password: "hunter2hunter2" });
    expect(site.events.at(-1)).toMatchObject({
      type: "authn_login_fail",
      method: "password",
      code: "invalid_credentials",
    });
    expect(JSON.stringify([site.events, site.logs])).not.toMatch(/hunter2|nobody@/);
  });

  it.each(strategies)(
    "because the app refuses it leaves the %s session this browser has",
    async (strategy) => {
      let refuse = false;
      const site = createSite(strategy, { callbacks: { user: ({ user }) => (refuse ? null : user) } });
      const browser = await site.signedUp();
      refuse = true;
      const reply = await browser.post("/sign-in/password", { email, password });
      expect([reply.code, reply.cookies]).toEqual(["sign_in_denied", []]);
      expect((await browser.get("/me")).status).toBe(200);
      expect((await browser.post("/step-up", { password })).code).toBe("sign_in_denied");
      expect((await browser.get("/me")).status).toBe(200);
    },
  );

  it("leaves the session this browser has", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    for (const body of Object.values(failures)) await browser.post("/sign-in/password", body);
    expect((await browser.get("/me")).status).toBe(200);
  });
});

describe("more sign-ins at once than can be hashed", () => {
  it("are turned away with a word on when to come back, and nobody else waits", async () => {
    const release: (() => void)[] = [];
    const slow = countingHasher();
    const hasher = {
      ...slow,
      verify: async (phc: string, text: string) => {
        await new Promise<void>((resolve) => void release.push(resolve));
        return slow.verify(phc, text);
      },
    };
    const site = createSite("stateful", { password: { hasher, parallelHashes: 1, waitingHashes: 2 } });
    const browser = await site.signedUp();
    const attempts = Array.from({ length: 6 }, () =>
      site.browser().post("/sign-in/password", { email, password }),
    );
    const refused = await Promise.race(attempts);
    expect([refused.status, refused.code, refused.headers.get("retry-after"), refused.cookies]).toEqual([
      503,
      "login_busy",
      "1",
      [],
    ]);
    expect((await browser.get("/me")).status).toBe(200);
    let settled = false;
    const all = Promise.all(attempts).finally(() => (settled = true));
    while (!settled) {
      for (const go of release.splice(0)) go();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await all).map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 503, 503, 503]);
  });
});

describe("signing up", () => {
  it("with an address that is taken is a conflict, in any spelling, and signs nobody in", async () => {
    const site = createSite("stateful");
    await site.signedUp();
    for (const address of [email, email.toUpperCase(), ` ${email} `]) {
      const { status, code, cookies } = await site
        .browser()
        .post("/sign-up/password", { email: address, password: "another phrase" });
      expect([status, code, cookies]).toEqual([409, "account_exists", []]);
    }
    expect((await site.browser().post("/sign-in/password", { email, password })).status).toBe(200);
  });

  it("twice at once makes one account", async () => {
    const site = createSite("stateful");
    const replies = await Promise.all([1, 2, 3].map(() => site.browser().post("/sign-up/password", ada)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
  });

  it.each([
    ["too short", "seven77"],
    ["far too long", "x1y2".repeat(100)],
    ["one of the first that are tried", "password123"],
    ["one of the first that are tried, in capitals", "PASSWORD123"],
    ["two characters", "abababababab"],
    ["the address", email],
    ["the address in capitals", email.toUpperCase()],
    ["seven characters that look like more bytes", "🔑🔑🔑🔑🔑🔑🔑"],
  ])("with a password that is %s is refused before it is hashed, and says why", async (_what, weak) => {
    const site = createSite("stateful");
    const { status, code, body } = await site.browser().post("/sign-up/password", { ...ada, password: weak });
    expect([status, code]).toEqual([422, "password_rejected"]);
    expect(body.detail).toMatch(/[a-z]{3,}.*\.$/);
    expect(body.detail).not.toContain(weak);
    expect(site.hasher.runs).toEqual({ hash: 0, verify: 0 });
  });

  it("takes one password typed on two keyboards for one", async () => {
    const site = createSite("stateful");
    await site.signedUp({ password: "Ångström café" });
    const other = "A\u030angstro\u0308m cafe\u0301";
    expect((await site.browser().post("/sign-in/password", { email, password: other })).status).toBe(200);
  });

  it("without a store that keeps users is said at boot", () => {
    expect(() => createSite("stateful", { store: memory({ users: false }) })).toThrow(
      /password\(\) needs a store that keeps users/,
    );
  });
});

describe.each(strategies)("changing the password in a %s session", (strategy) => {
  const change = { currentPassword: password, newPassword: "an even longer phrase" };

  it("needs the current one", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const phone = await (async () => {
      const other = site.browser("phone");
      await other.post("/sign-in/password", { email, password });
      return other;
    })();
    site.eventTypes();
    for (const currentPassword of ["wrong", "", change.newPassword]) {
      expect((await browser.post("/change-password", { ...change, currentPassword })).code).toBe(
        "invalid_credentials",
      );
    }
    expect((await browser.post("/change-password", { ...change, newPassword: "short" })).code).toBe(
      "password_rejected",
    );
    expect(site.eventTypes()).not.toContain("authn_password_change");
    expect((await phone.get("/me")).status).toBe(200);
    expect((await site.browser().post("/sign-in/password", { email, password })).status).toBe(200);
  });

  it("ends every other session of the user, and says why", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const others = [site.browser("a"), site.browser("b")];
    for (const other of others) await other.post("/sign-in/password", { email, password });
    const bob = await site.signedUp({ email: "bob@example.com" });
    expect((await browser.post("/change-password", change)).status).toBe(200);
    for (const other of others) expect((await other.get("/me")).body.reason).toBe("credentials_changed");
    expect((await browser.get("/me")).status).toBe(200);
    expect((await bob.get("/me")).status).toBe(200);
    const { sessions } = (await browser.get("/sessions")).body;
    expect(sessions).toHaveLength(1);
  });

  it("ends every other session also if its own is over by then", async () => {
    let meanwhile = async (): Promise<void> => {};
    const counting = countingHasher();
    const hasher = { ...counting, hash: async (text: string) => meanwhile().then(() => counting.hash(text)) };
    const site = createSite(strategy, { password: { hasher } });
    const browser = await site.signedUp();
    const phone = site.browser("phone");
    await phone.post("/sign-in/password", { email, password });
    const { sid } = (await browser.get("/session")).body.session;
    meanwhile = async () => void (await site.auth.sessions.revoke(sid));
    expect((await browser.post("/change-password", change)).code).toBe("session_ended");
    expect((await phone.get("/me")).body.reason).toBe("credentials_changed");
    expect((await site.browser().post("/sign-in/password", { email, password })).code).toBe(
      "invalid_credentials",
    );
  });

  it("of two at once lets one win", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const changes = ["first new phrase", "second new phrase"].map((newPassword) =>
      browser.copy().post("/change-password", { ...change, newPassword }),
    );
    const statuses = (await Promise.all(changes)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  it("loses against one that was faster, and changes nothing then", async () => {
    const counting = countingHasher();
    let meanwhile = (): unknown => null;
    const hasher = { ...counting, hash: async (text: string) => (await meanwhile(), counting.hash(text)) };
    const accounts = memory();
    const site = createSite(strategy, { accounts, password: { hasher } });
    const browser = await site.signedUp();
    const { user, passwordHash } = (await accounts.users.findByEmail(email)) ?? {};
    meanwhile = () => accounts.users.replacePassword(user?.id ?? "", passwordHash ?? null, "$test$faster");
    site.eventTypes();
    expect((await browser.post("/change-password", change)).code).toBe("invalid_credentials");
    expect(site.eventTypes()).toEqual([]);
    expect((await accounts.users.findByEmail(email))?.passwordHash).toBe("$test$faster");
  });

  it("works although the hash is of older settings", async () => {
    const hasher = { ...countingHasher(), needsRehash: () => true };
    const site = createSite(strategy, { password: { hasher } });
    const browser = await site.signedUp();
    expect((await browser.post("/change-password", change)).status).toBe(200);
    expect(
      (await site.browser().post("/sign-in/password", { email, password: change.newPassword })).status,
    ).toBe(200);
    expect((await site.browser().post("/sign-in/password", { email, password })).code).toBe(
      "invalid_credentials",
    );
  });
});

describe("proving again who is there", () => {
  const acts = strategies.flatMap((strategy) =>
    ["/step-up", "/change-password"].map((path) => ({ strategy, path })),
  );

  it.each(acts)(
    "SC-03: by $path kills every credential that a $strategy session had (fixation)",
    async ({ strategy, path }) => {
      const site = createSite(strategy);
      const browser = await site.signedUp();
      const thief = browser.copy();
      const before = (await browser.get("/session")).body.session;
      await site.pass(60_000);
      const body =
        path === "/step-up" ? { password } : { currentPassword: password, newPassword: "another phrase" };
      const reply = await browser.post(path, body);
      expect(reply.body.session.sid).not.toBe(before.sid);
      for (const [name, { value }] of browser.jar) expect(value).not.toBe(thief.value(name));
      // A reply that is still under way must not take the new cookie along.
      const { code, body: problem, cookies } = await thief.send("GET", "/me");
      expect([code, problem.reason, cookies]).toEqual(["session_ended", "superseded", []]);
      expect((await thief.send("POST", "/refresh", {})).code).toBe("session_ended");
      expect((await browser.get("/me")).status).toBe(200);
      expect(site.eventTypes()).not.toContain("authn_token_reuse");
      await site.pass(60_000);
      expect((await thief.send("GET", "/me")).cookies).toHaveLength(strategy === "hybrid" ? 2 : 1);
      expect((await browser.post("/refresh")).status).toBe(200);
      expect((await browser.get("/sessions")).body.sessions).toHaveLength(1);
    },
  );

  it.each(strategies)(
    "twice at once leaves the browser signed in, whichever answer comes last, in %s sessions",
    async (strategy) => {
      for (const winnerFirst of [true, false]) {
        const site = createSite(strategy);
        const browser = await site.signedUp();
        const replies = await Promise.all([1, 2].map(() => browser.send("POST", "/step-up", { password })));
        expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401]);
        const inOrder = replies.toSorted((a, b) => (winnerFirst ? a.status - b.status : b.status - a.status));
        for (const { cookies } of inOrder) browser.take(cookies);
        expect((await browser.get("/me")).status).toBe(200);
        expect((await browser.get("/sessions")).body.sessions).toHaveLength(1);
      }
    },
  );

  it.each(["stateful", "hybrid"] as const)(
    "leaves the browser signed in whatever else it was doing, in %s sessions",
    async (strategy) => {
      const accounts = memory();
      const site = createSite(strategy, { accounts });
      const browser = await site.signedUp();
      const { sessions } = accounts;
      const touch = sessions.touch.bind(sessions);
      const stepUp: Promise<Reply>[] = [];
      // Between its check and its write another tab's step-up is answered.
      sessions.touch = async (touches) => {
        if (stepUp.length === 0) stepUp.push(browser.send("POST", "/step-up", { password }));
        await stepUp[0];
        return touch(touches);
      };
      const touched = await browser.send("POST", "/touch", {});
      expect([touched.code, touched.body.reason, touched.cookies]).toEqual([
        "session_ended",
        "superseded",
        [],
      ]);
      browser.take((await stepUp[0])?.cookies ?? []);
      browser.take(touched.cookies);
      expect((await browser.get("/me")).status).toBe(200);
    },
  );

  it.each(strategies)("keeps what the app keeps with a %s session, and how it travels", async (strategy) => {
    const site = createSite(strategy);
    const browser = await site.signedUp({}, { remember: true });
    const { sid } = (await browser.get("/session")).body.session;
    await site.auth.sessions.setData(sid, "cart", ["book"]);
    const { body } = await browser.post("/step-up", { password });
    expect(body.session).toMatchObject({ remember: true, transport: "cookie" });
    expect(await site.auth.sessions.getData(body.session.sid, "cart")).toEqual(["book"]);
  });

  it.each(strategies)(
    "needs no room of its own where a %s session is the last that is allowed",
    async (strategy) => {
      const site = createSite(strategy, { session: { limit: { max: 1, onExceed: "deny" } } });
      const browser = await site.signedUp();
      expect((await browser.post("/step-up", { password })).status).toBe(200);
      expect((await browser.get("/me")).status).toBe(200);
    },
  );

  it.each(strategies)("opens what asks for it for a while, in %s sessions", async (strategy) => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const request = (): { headers: Headers } => ({ headers: new Headers({ cookie: browser.cookie }) });
    expect(await site.auth.requireSession(request(), { freshFor: "5m" })).toBeTruthy();
    await site.pass(5 * 60_000 + 1000);
    await expect(site.auth.requireSession(request(), { freshFor: "5m" })).rejects.toMatchObject({
      code: "step_up_required",
      status: 403,
    });
    expect((await browser.post("/step-up", { password })).status).toBe(200);
    expect(await site.auth.requireSession(request(), { freshFor: "5m" })).toBeTruthy();
  });

  it("neither opens nor renews anybody else's session", async () => {
    const site = createSite("stateful");
    const browser = await site.signedUp();
    const bob = await site.signedUp({ email: "bob@example.com", password: "bob's own phrase" });
    expect((await bob.post("/step-up", { password })).code).toBe("invalid_credentials");
    expect((await browser.get("/me")).status).toBe(200);
    const form = { "content-type": "application/x-www-form-urlencoded", authorization: serviceBasic };
    const { body } = await site.browser().post("/introspect", `token=${browser.value(cookieName)}`, form);
    expect(body.auth_time).toBe(Date.UTC(2030, 0, 1) / 1000);
  });

  it("works without a store too, where nothing can be revoked", async () => {
    const site = createSite("stateless", { revocations: "none" });
    const browser = await site.signedUp();
    const copy = browser.copy();
    const phone = site.browser("phone");
    await phone.post("/sign-in/password", { email, password });
    await site.pass(60_000);
    const { body } = await browser.post("/step-up", { password });
    expect(body.session.authTime).toBe("2030-01-01T00:01:00.000Z");
    const change = { currentPassword: password, newPassword: "another phrase" };
    expect((await browser.post("/change-password", change)).status).toBe(200);
    expect((await browser.get("/me")).status).toBe(200);
    // As the docs say: tokens alone cannot be ended.
    for (const other of [phone, copy]) expect((await other.get("/me")).status).toBe(200);
  });
});

describe("real hashes", () => {
  it("sign in and refuse like the others", async () => {
    const { password: login } = await import("../login/password/index.ts");
    const site = createSite("stateful", { login: [login()] });
    await site.signedUp();
    const stored = await site.accounts.users.findByEmail(email);
    expect(stored?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await site.browser().post("/sign-in/password", { email, password })).status).toBe(200);
    expect((await site.browser().post("/sign-in/password", { email, password: "wrong" })).code).toBe(
      "invalid_credentials",
    );
    expect(
      (await site.browser().post("/sign-in/password", { email: "nobody@example.com", password })).code,
    ).toBe("invalid_credentials");
  });
});

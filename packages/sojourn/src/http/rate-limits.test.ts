import { describe, expect, it } from "vitest";
import type { RateLimiter } from "../ports/rate-limiter.ts";
import { Browser } from "./browser.fixture.ts";
import { ada, createSite, origin, type Site, type SiteOptions } from "./http-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const home = "203.0.113.7";
const elsewhere = "198.51.100.9";

/** A browser at an address; null where the host does not tell. */
const at = (site: Site, ip: string | null): Browser =>
  new Browser(origin, (request) => site.send(request, ip === null ? undefined : { ip }));

const signIn = (site: Site, ip: string | null, credentials: Partial<typeof ada> = {}): Promise<Reply> =>
  at(site, ip).post("/sign-in/password", { email: ada.email, password: ada.password, ...credentials });

const wrong = { password: "wrong wrong wrong" };

async function times(many: number, attempt: (index: number) => Promise<Reply>): Promise<number[]> {
  const answers: number[] = [];
  for (let index = 0; index < many; index += 1) answers.push((await attempt(index)).status);
  return answers;
}

async function siteWithAda(options: SiteOptions = {}): Promise<Site> {
  const site = createSite("stateful", options);
  await at(site, home).post("/sign-up/password", ada);
  return site;
}

/** As an attacker has them: a thousand machines that are nowhere near each other. */
const bot = (index: number): string => `192.0.${2 + (index >> 8)}.${index & 255}`;

describe("guesses at one account from one network", () => {
  it("are answered ten times, and then refused before anything is hashed, with when to come back", async () => {
    const site = await siteWithAda();
    expect(await times(10, () => signIn(site, elsewhere, wrong))).toEqual(Array(10).fill(401));
    await site.clock.advance(5000);
    const hashed = site.hasher.runs.verify;
    for (const credentials of [wrong, {}]) {
      const refused = await signIn(site, elsewhere, credentials);
      expect([refused.status, refused.code]).toEqual([429, "rate_limited"]);
      expect(refused.headers.get("retry-after")).toBe(String(15 * 60 - 5));
      expect(refused.body).toMatchObject({
        retryAfter: 15 * 60 - 5,
        detail: "Too many attempts. Try again in 15 minutes.",
      });
    }
    expect(site.hasher.runs.verify).toBe(hashed);
    await site.pass(15 * minute - 5000);
    expect((await signIn(site, elsewhere)).status).toBe(200);
  });

  it("do not keep the account's user out who is somewhere else", async () => {
    const site = await siteWithAda();
    await times(200, () => signIn(site, elsewhere, wrong));
    expect((await signIn(site, home)).status).toBe(200);
    expect((await signIn(site, "192.0.2.77")).status).toBe(200);
  });

  it("are counted for an account that there is not as for one that there is", async () => {
    const site = await siteWithAda();
    const nobody = { ...wrong, email: "nobody@example.com" };
    expect(await times(11, () => signIn(site, elsewhere, nobody))).toEqual([...Array(10).fill(401), 429]);
  });

  it("are counted by the account and not by the spelling of its address", async () => {
    const site = await siteWithAda();
    const spellings = ["ADA@example.com", " ada@example.com ", "Ada@Example.COM"];
    await times(10, (index) => signIn(site, elsewhere, { ...wrong, email: spellings[index % 3]! }));
    expect((await signIn(site, elsewhere)).status).toBe(429);
  });

  it("are ten also when they come all at once: no more are hashed", async () => {
    const site = await siteWithAda();
    const hashed = site.hasher.runs.verify;
    const replies = await Promise.all(
      Array.from({ length: 200 }, async () => signIn(site, elsewhere, wrong)),
    );
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(190);
    expect(site.hasher.runs.verify - hashed).toBe(10);
  });

  it("are told to the operator, without the address of the account", async () => {
    const site = await siteWithAda();
    await times(11, () => signIn(site, elsewhere, wrong));
    expect(site.events.at(-1)).toMatchObject({
      type: "excess_rate_limit_exceeded",
      act: "signIn",
      scope: "account",
      max: 10,
      retryAfter: 900,
      ip: elsewhere,
    });
    expect(JSON.stringify(site.events.at(-1))).not.toContain("ada@");
  });
});

describe("somebody who mistypes", () => {
  it("gets in, and then has all attempts again", async () => {
    const site = await siteWithAda();
    for (let round = 0; round < 20; round += 1) {
      expect(await times(9, () => signIn(site, home, wrong))).toEqual(Array(9).fill(401));
      expect((await signIn(site, home)).status).toBe(200);
    }
  });

  it("is not refused for what was no guess: an outage, a crowd, or a request that was not understood", async () => {
    const site = await siteWithAda({ password: { parallelHashes: 1, waitingHashes: 0 } });
    site.outage.users = true;
    expect(await times(20, () => signIn(site, home))).toEqual(Array(20).fill(503));
    site.outage.users = false;
    for (let round = 0; round < 20; round += 1) {
      const crowd = await Promise.all([1, 2, 3].map(async () => signIn(site, home, wrong)));
      expect(crowd.filter(({ code }) => code === "login_busy").length).toBeGreaterThan(0);
      await signIn(site, home);
    }
    const browser = at(site, home);
    await times(20, () => browser.post("/sign-in/password", { email: ada.email }));
    expect((await signIn(site, home)).status).toBe(200);
  });

  it("waits no longer because of attempts that were refused", async () => {
    const site = await siteWithAda();
    await times(10, () => signIn(site, home, wrong));
    for (let round = 0; round < 14; round += 1) {
      await site.pass(minute);
      expect((await signIn(site, home)).status).toBe(429);
    }
    await site.pass(minute);
    expect((await signIn(site, home)).status).toBe(200);
  });
});

describe("guesses at many accounts from one network", () => {
  const spray = (site: Site, ip: string | null, index: number): Promise<Reply> =>
    signIn(site, ip, { ...wrong, email: `user-${index}@example.com` });

  it("are refused after a hundred, there and nowhere else", async () => {
    const site = await siteWithAda();
    await at(site, home).post("/sign-up/password", { ...ada, email: "bob@example.com" });
    expect(await times(101, (index) => spray(site, elsewhere, index))).toEqual([
      ...Array(100).fill(401),
      429,
    ]);
    expect((await signIn(site, elsewhere, { email: "bob@example.com" })).status).toBe(429);
    expect((await signIn(site, home, { email: "bob@example.com" })).status).toBe(200);
    expect((await spray(site, "192.0.2.1", 500)).status).toBe(401);
  });

  it("are not forgotten because the guesser signs in to an account of their own in between", async () => {
    const site = await siteWithAda();
    const answers = await times(101, async (index) => {
      expect((await signIn(site, elsewhere)).status).toBe(200);
      return spray(site, elsewhere, index);
    });
    expect(answers.at(-1)).toBe(429);
  });

  it("do not lock out a neighbour who has signed in from there before", async () => {
    const site = await siteWithAda();
    await signIn(site, home);
    await times(150, (index) => spray(site, home, index));
    expect((await spray(site, home, 500)).status).toBe(429);
    expect((await signIn(site, home)).status).toBe(200);
    expect(await times(11, () => signIn(site, home, wrong))).toEqual([...Array(10).fill(401), 429]);
  });

  it("do not use up the attempts of honest people behind one address, however many sign in", async () => {
    const site = await siteWithAda();
    const answers = await times(300, (index) =>
      index % 5 === 0 ? signIn(site, home, wrong) : signIn(site, home),
    );
    expect(new Set(answers)).toEqual(new Set([200, 401]));
  });

  it("are counted by the /64 of IPv6, from which everybody has as many addresses as they like", async () => {
    const site = await siteWithAda();
    const inOne = (index: number): string => `2001:db8:1:2:${index.toString(16)}::${index.toString(16)}`;
    const answers = await times(101, (index) => spray(site, inOne(index), index));
    expect(answers.at(-1)).toBe(429);
    expect((await spray(site, "2001:db8:1:3::1", 500)).status).toBe(401);
  });

  it("are counted as IPv4 where the socket writes it as IPv6", async () => {
    const site = await siteWithAda();
    await times(100, (index) => spray(site, `::ffff:${elsewhere}`, index));
    expect((await spray(site, elsewhere, 500)).status).toBe(429);
    expect((await spray(site, "::ffff:198.51.100.10", 500)).status).toBe(401);
  });
});

describe("guesses at one account from all over the world", () => {
  const botnet = (site: Site, many: number): Promise<number[]> =>
    times(many, (index) => signIn(site, bot(index), wrong));

  it("are refused after a hundred a day, also with the right password", async () => {
    const site = await siteWithAda();
    expect((await botnet(site, 101)).slice(-2)).toEqual([401, 429]);
    expect((await signIn(site, bot(500))).headers.get("retry-after")).toBe("86400");
    await site.pass(day);
    expect((await signIn(site, bot(500))).status).toBe(200);
  });

  it("do not lock the user out where they have signed in before", async () => {
    const site = await siteWithAda();
    await signIn(site, home);
    for (let week = 0; week < 4; week += 1) {
      await botnet(site, 150);
      expect((await signIn(site, bot(500))).status).toBe(429);
      expect((await signIn(site, home)).status).toBe(200);
      await site.pass(7 * day);
    }
  });

  it("leave even such a place no more than ten attempts", async () => {
    const site = await siteWithAda();
    await signIn(site, home);
    await botnet(site, 150);
    expect(await times(11, () => signIn(site, home, wrong))).toEqual([...Array(10).fill(401), 429]);
  });

  it("use up no network's attempts once they are refused", async () => {
    const signInRule = {
      account: false,
      accountEverywhere: { points: 1, per: "1d" },
      network: { points: 5, per: "15m" },
    } as const;
    const site = await siteWithAda({ rateLimit: { signIn: signInRule } });
    await botnet(site, 1);
    expect(new Set(await times(20, () => signIn(site, elsewhere, wrong)))).toEqual(new Set([429]));
    expect((await signIn(site, elsewhere, { email: "bob@example.com" })).status).toBe(401);
  });
});

describe("an address that tells nobody apart", () => {
  it.each<[string, string | null]>([
    ["is not told by the host", null],
    ["is the machine's own", "127.0.0.1"],
    ["is of a proxy, as likely as not", "10.0.0.1"],
    ["is of a proxy with IPv6", "fd00::1"],
  ])("where it %s, only the account counts: nobody is refused for others", async (_, ip) => {
    const site = await siteWithAda();
    const answers = await times(300, (index) =>
      signIn(site, ip, { ...wrong, email: `user-${index}@example.com` }),
    );
    expect(new Set(answers)).toEqual(new Set([401]));
    expect(await times(11, () => signIn(site, ip, wrong))).toEqual([...Array(10).fill(401), 429]);
  });
});

describe("the address that a client claims (T-25)", () => {
  const claiming = (site: Site, ip: string, forwarded: string, index: number): Promise<Reply> =>
    at(site, ip).post(
      "/sign-in/password",
      { email: `user-${index}@example.com`, ...wrong },
      { "x-forwarded-for": forwarded, forwarded: `for=${bot(index)}`, "cf-connecting-ip": bot(index) },
    );

  it.each<[string, SiteOptions, string, (made: string) => string]>([
    ["without proxies", {}, elsewhere, (made) => made],
    ["behind one proxy", { trustedProxies: 1 }, "10.0.0.1", (made) => `${made}, ${elsewhere}`],
    ["behind two", { trustedProxies: 2 }, "10.0.0.1", (made) => `${made}, ${elsewhere}, 10.0.0.2`],
    [
      "behind known proxies",
      { trustedProxies: ["private"] },
      "10.0.0.1",
      (made) => `${made}, ${elsewhere}, 10.0.0.2`,
    ],
    [
      "at known proxies, past them",
      { trustedProxies: ["private"] },
      elsewhere,
      (made) => `${made}, 10.0.0.2`,
    ],
    ["at Cloudflare's customers, past it", { trustedProxies: ["cloudflare"] }, elsewhere, (made) => made],
    ["behind 10 kB", { trustedProxies: 1 }, "10.0.0.1", (made) => `${`${made}, `.repeat(700)}${elsewhere}`],
  ])("gets nobody further attempts, %s", async (_, options, ip, forwarded) => {
    const site = await siteWithAda(options);
    const answers = await times(101, (index) => claiming(site, ip, forwarded(bot(index)), index));
    expect(answers).toEqual([...Array(100).fill(401), 429]);
  });

  it("is told to the operator once where no proxies are named, and only then", async () => {
    for (const [options, many] of [
      [{}, 1],
      [{ trustedProxies: [] }, 1],
      [{ trustedProxies: 1 }, 0],
      [{ trustedProxies: ["private"] }, 0],
    ] as const) {
      const site = await siteWithAda(options);
      await times(3, (index) => claiming(site, elsewhere, home, index));
      const told = site.logs.filter(({ message }) => message.includes("set trustedProxies"));
      expect(told.map(({ level }) => level)).toEqual(Array(many).fill("warn"));
    }
  });

  it("counts, inside a house too, where our proxies wrote it", async () => {
    const site = await siteWithAda({ trustedProxies: ["loopback"] });
    await times(100, (index) => claiming(site, "127.0.0.1", "10.0.0.5", index));
    expect((await claiming(site, "127.0.0.1", "10.0.0.5", 500)).status).toBe(429);
    expect((await claiming(site, "127.0.0.1", "10.0.0.6", 500)).status).toBe(401);
  });
});

describe("what is counted", () => {
  /** A limiter that remembers what it was asked. */
  function watched(): { limiter: RateLimiter; keys: Set<string> } {
    const keys = new Set<string>();
    const decision = { allowed: true, remaining: 5, retryAfterMs: 0 };
    return {
      keys,
      limiter: {
        consume: (key) => (keys.add(key), decision),
        giveBack: async (key) => void keys.add(key),
        used: (key) => (keys.add(key), 0),
      },
    };
  }

  it("tells nobody who reads the limiter's store of accounts or addresses", async () => {
    const { limiter, keys } = watched();
    const site = await siteWithAda({ rateLimit: { limiter } });
    await signIn(site, home, wrong);
    await signIn(site, home);
    expect(keys.size).toBe(6);
    for (const key of keys)
      expect(key).toMatch(/^sign(?:In|Up)\.(?:account|accountEverywhere|network|known)\.[\w-]{22}$/);
  });

  it("has other keys in another deployment", async () => {
    const [one, other] = [watched(), watched()];
    await signIn(await siteWithAda({ rateLimit: { limiter: one.limiter } }), home);
    const secret = "Wb7tR2pLx9Kd4vQe8sZn1mHc6jYf3gUa5oTi0wErXqA";
    await signIn(await siteWithAda({ secret, rateLimit: { limiter: other.limiter } }), home);
    expect([...one.keys].filter((key) => other.keys.has(key))).toEqual([]);
  });

  it("is counted in the process while the limiter fails, which is told once, and is no failure of signing in", async () => {
    const down = (): never => {
      throw new Error("ECONNREFUSED");
    };
    const site = await siteWithAda({ rateLimit: { limiter: { consume: down, giveBack: down, used: down } } });
    expect(await times(11, () => signIn(site, elsewhere, wrong))).toEqual([...Array(10).fill(401), 429]);
    const told = site.logs.filter(({ message }) => message.includes("rate limiter failed"));
    expect(told.map(({ level }) => level)).toEqual(["error"]);
  });

  it("follows the rules of the app", async () => {
    const account = { points: 3, per: "1m" } as const;
    const site = await siteWithAda({ rateLimit: { signIn: { account } } });
    expect(await times(4, () => signIn(site, home, wrong))).toEqual([401, 401, 401, 429]);
    await site.pass(minute);
    expect((await signIn(site, home)).status).toBe(200);
  });

  it.each<[string, SiteOptions["rateLimit"]]>([
    ["nothing is limited", false],
    ["sign-in is not", { signIn: false }],
  ])("is nothing where %s", async (_, rateLimit) => {
    const site = await siteWithAda(rateLimit === undefined ? {} : { rateLimit });
    expect(new Set(await times(150, () => signIn(site, home, wrong)))).toEqual(new Set([401]));
  });

  it.each([
    [{ signIn: { ip: { points: 1, per: "1m" } } }, "rateLimit.signIn.ip"],
    [{ limiter: {} }, "rateLimit.limiter"],
    [{ limiter: "redis" }, "rateLimit.limiter"],
    ["on", "rateLimit"],
  ])("is decided at the start: %j is refused", (rateLimit, told) => {
    expect(() => createSite("stateful", { rateLimit } as never)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(told) as string }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { anonymous } from "../login/anonymous/index.ts";
import { external } from "../login/external/index.ts";
import { Browser } from "./browser.fixture.ts";
import {
  ada,
  cookieName,
  createSite,
  origin,
  service,
  serviceBasic,
  type Site,
  strategies,
} from "./http-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

const minute = 60_000;
const home = "203.0.113.7";
const elsewhere = "198.51.100.9";

const at = (site: Site, ip: string): Browser => new Browser(origin, (request) => site.send(request, { ip }));

async function times(many: number, attempt: (index: number) => Promise<Reply>): Promise<number[]> {
  const answers: number[] = [];
  for (let index = 0; index < many; index += 1) answers.push((await attempt(index)).status);
  return answers;
}

async function signedUp(site: Site, ip: string = home): Promise<Browser> {
  const browser = at(site, ip);
  expect((await browser.post("/sign-up/password", ada)).status).toBe(200);
  return browser;
}

describe("signing up", () => {
  const signUp = (site: Site, ip: string, email: string): Promise<Reply> =>
    at(site, ip).post("/sign-up/password", { ...ada, email });

  it("is done fifty times an hour from one network: what succeeds counts as well", async () => {
    const site = createSite("stateful");
    const answers = await times(51, (index) => signUp(site, home, `user-${index}@example.com`));
    expect(answers).toEqual([...Array(50).fill(200), 429]);
    expect((await signUp(site, elsewhere, "bob@example.com")).status).toBe(200);
    await site.pass(60 * minute);
    expect((await signUp(site, home, "bo@example.com")).status).toBe(200);
  });

  it("asks ten times an hour whether one address is taken", async () => {
    const site = createSite("stateful");
    await signedUp(site);
    expect(await times(11, () => signUp(site, elsewhere, ada.email))).toEqual([...Array(10).fill(409), 429]);
  });

  it("does not count passwords that are not accepted", async () => {
    const site = createSite("stateful");
    const browser = at(site, home);
    const weak = { ...ada, password: "12345678" };
    expect(new Set(await times(30, () => browser.post("/sign-up/password", weak)))).toEqual(new Set([422]));
    await signedUp(site);
  });
});

describe("proving again who is there", () => {
  const guess = { password: "wrong wrong wrong" };

  it("is tried ten times, by step-up and by changing the password together, and the session goes on", async () => {
    const site = createSite("stateful");
    const browser = await signedUp(site);
    const change = { currentPassword: guess.password, newPassword: "another horse battery" };
    expect(
      await times(11, (index) =>
        index % 2 === 0 ? browser.post("/step-up", guess) : browser.post("/change-password", change),
      ),
    ).toEqual([...Array(10).fill(401), 429]);
    const hashed = site.hasher.runs.verify;
    for (const [path, body] of [
      ["/step-up", { password: ada.password }],
      ["/change-password", { ...change, currentPassword: ada.password }],
    ] as const)
      expect((await browser.post(path, body)).code).toBe("rate_limited");
    expect(site.hasher.runs.verify).toBe(hashed);
    expect((await browser.get("/me")).status).toBe(200);
    await site.pass(15 * minute);
    expect((await browser.post("/step-up", { password: ada.password })).status).toBe(200);
  });

  it("has attempts of its own: whoever guesses at signing in takes none of them", async () => {
    const site = createSite("stateful");
    const browser = await signedUp(site);
    await times(20, () => at(site, home).post("/sign-in/password", { ...guess, email: ada.email }));
    expect((await browser.post("/step-up", { password: ada.password })).status).toBe(200);
  });

  it("does not count what succeeds", async () => {
    const site = createSite("stateful");
    const browser = await signedUp(site);
    for (let round = 0; round < 30; round += 1)
      expect((await browser.post("/step-up", { password: ada.password })).status).toBe(200);
  });
});

describe.each(strategies)("refreshing in %s", (strategy) => {
  const credential = strategy === "hybrid" ? `${cookieName}-refresh` : cookieName;

  it("never refuses who holds what is good, however many they are behind one address", async () => {
    const site = createSite(strategy);
    const browser = await signedUp(site);
    const answers = await times(400, async () => {
      await site.clock.advance(1000);
      return browser.post("/refresh");
    });
    expect(new Set(answers)).toEqual(new Set([200]));
  });

  it("does not count who holds nothing", async () => {
    const site = createSite(strategy);
    expect(new Set(await times(400, () => at(site, home).post("/refresh")))).toEqual(new Set([401]));
    expect((await (await signedUp(site)).post("/refresh")).status).toBe(200);
  });

  it("refuses a network after three hundred that are not good, and touches no cookie then", async () => {
    const site = createSite(strategy);
    const browser = await signedUp(site);
    const altered = `${credential}=${browser.value(credential).slice(0, -3)}AAA`;
    const answers = await times(301, () => at(site, elsewhere).post("/refresh", {}, { cookie: altered }));
    expect(answers).toEqual([...Array(300).fill(401), 429]);
    expect((await browser.post("/refresh")).status).toBe(200);
    const moved = at(site, elsewhere);
    for (const [name, kept] of browser.jar) moved.jar.set(name, kept);
    const refused = await moved.post("/refresh");
    expect([refused.code, refused.cookies]).toEqual(["rate_limited", []]);
    expect((await moved.get("/me")).status).toBe(200);
  });
});

describe.each(["POST /introspect", "POST /revoke", "GET /revocations"])("%s", (route) => {
  const [method = "", path = ""] = route.split(" ");
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const ask = (site: Site, ip: string, authorization: string): Promise<Reply> =>
    site.send(
      new Request(`${origin}/auth${path}`, {
        method,
        headers: { authorization, ...(method === "POST" && form) },
        body: method === "POST" ? "token=unknown" : null,
      }),
      { ip },
    );
  const basic = (secret: string): string =>
    `Basic ${Buffer.from(`${service.id}:${secret}`).toString("base64")}`;

  it("refuses a network after a hundred wrong secrets, and the service never", async () => {
    const site = createSite("stateful");
    expect(await times(101, (index) => ask(site, elsewhere, basic(`guess-${index}`)))).toEqual([
      ...Array(100).fill(401),
      429,
    ]);
    for (const ip of [home, elsewhere]) expect((await ask(site, ip, serviceBasic)).status).toBe(200);
    expect((await ask(site, home, basic("wrong"))).status).toBe(401);
  });

  it("is called by a service as often as it likes", async () => {
    const site = createSite("stateful");
    expect(new Set(await times(500, () => ask(site, home, serviceBasic)))).toEqual(new Set([200]));
  });
});

describe("other ways in", () => {
  it("make three hundred sessions for visitors in a quarter of an hour and network, and none for who has one", async () => {
    const site = createSite("stateful", { login: [anonymous()] });
    const visit = (): Promise<Reply> => at(site, home).post("/sign-in/anonymous");
    expect(await times(301, visit)).toEqual([...Array(300).fill(200), 429]);
    const visitor = at(site, elsewhere);
    expect(new Set(await times(400, () => visitor.post("/sign-in/anonymous")))).toEqual(new Set([200]));
  });

  it("are refused after a hundred attempts that the app did not accept", async () => {
    const site = createSite("stateful", {
      login: [
        external({
          name: "badge",
          verify: (request) =>
            request.headers.get("badge") === "good" ? { userId: "ada", method: "badge" } : null,
        }),
      ],
      users: { findById: (id) => ({ ...ada, id }) as never },
    });
    const enter = (ip: string, badge: string): Promise<Reply> =>
      at(site, ip).post("/sign-in/external/badge", {}, { badge });
    expect(new Set(await times(200, () => enter(elsewhere, "good")))).toEqual(new Set([200]));
    expect(await times(101, () => enter(elsewhere, "bad"))).toEqual([...Array(100).fill(401), 429]);
    expect((await enter(home, "good")).status).toBe(200);
  });
});

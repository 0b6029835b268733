import { describe, expect, it } from "vitest";
import type { RevocationsReply } from "../contract/types.ts";
import { newsSince } from "../strategies/revocation-news.ts";
import { LocalRevocations } from "../strategies/local-revocations.ts";
import { memory } from "../stores/memory/index.ts";
import { sampleSession } from "../testing/index.ts";
import { createFleet } from "./fleet.fixture.ts";
import { createSite, origin, service, serviceBasic, type Site, strategies } from "./http-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

const minute = 60_000;

async function ask(site: Site, cursor: string | null = null): Promise<RevocationsReply> {
  const query = cursor === null ? "" : `?${new URLSearchParams({ cursor }).toString()}`;
  const reply = await site.browser().get(`/revocations${query}`, { authorization: serviceBasic });
  expect(reply.status, reply.text).toBe(200);
  return JSON.parse(reply.text) as RevocationsReply;
}

const sidsOf = ({ ended }: RevocationsReply): string[] => ended.map(({ sid }) => sid);

async function endMany({ accounts, clock }: Site, count: number): Promise<string[]> {
  const sids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const session = sampleSession({ createdAt: clock.now() });
    await accounts.sessions.create(session, null);
    await accounts.sessions.revoke(session.sid, clock.now(), "revoked");
    sids.push(session.sid);
  }
  return sids;
}

describe.each(strategies)("GET /revocations with %s sessions", (strategy) => {
  it("tells who begins of what was ended, and then of what is new", async () => {
    const site = createSite(strategy);
    expect(await ask(site)).toEqual({
      ended: [],
      users: [],
      keys: [expect.any(String)],
      cursor: null,
      more: false,
    });
    const first = await endMany(site, 3);
    const begun = await ask(site);
    expect([sidsOf(begun), begun.more]).toEqual([first, false]);
    const next = await endMany(site, 2);
    const news = await ask(site, begun.cursor);
    expect(sidsOf(news)).toEqual(next);
    expect(sidsOf(await ask(site, news.cursor))).toEqual([]);
  });

  it("gives no more at once than a page, and loses nothing between two", async () => {
    const site = createSite(strategy);
    await endMany(site, 1);
    let page = await ask(site);
    const ended = await endMany(site, 2300);
    const told: string[] = [];
    do {
      page = await ask(site, page.cursor);
      expect(page.ended.length).toBeLessThanOrEqual(1000);
      told.push(...sidsOf(page));
    } while (page.more);
    expect(told).toEqual(ended);
  });

  it("says until when a token could still look good, and nothing of what none is left of", async () => {
    const site = createSite(strategy);
    const life = strategy === "hybrid" ? 15 * minute : 7 * 24 * 60 * minute;
    const before = (await ask(site)).cursor;
    const [sid] = await endMany(site, 1);
    const { ended } = await ask(site);
    expect(ended).toEqual([{ sid, reason: "revoked", until: site.clock.now() + life }]);
    await site.pass(life);
    for (const cursor of [null, before, "0"]) expect((await ask(site, cursor)).ended).toEqual([]);
  });

  it("tells of users of whom tokens are out of date", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    await endMany(site, 1);
    const { cursor } = await ask(site);
    const { id } = (await browser.get("/me")).body;
    await site.auth.users.changed(id);
    // For as long as another node may make tokens of what it has not heard yet.
    const before = site.clock.now() + 2000;
    const changed = strategy === "stateful" ? [] : [{ userId: id, before, until: expect.any(Number) }];
    expect((await ask(site, cursor)).users).toEqual(changed);
    const { users } = await ask(site);
    expect(users.slice(0, 1)).toEqual(changed);
  });

  it("tells which keys are good, and not those that were revoked", async () => {
    const site = createSite(strategy, { keys: {} });
    await site.auth.ready();
    await site.clock.advance(2000);
    const [active] = await site.auth.keys.list();
    expect((await ask(site)).keys).toContain(active?.id);
    await site.auth.keys.revoke(active?.id ?? "");
    expect((await ask(site)).keys).not.toContain(active?.id);
  });

  it("answers services and nobody else", async () => {
    const site = createSite(strategy);
    const browser = await site.signedUp();
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;
    const tried: readonly (string | null)[] = [
      null,
      "",
      "Basic",
      basic(service.id),
      basic(`${service.id}:`),
      basic(`${service.id}:wrong`),
      basic(`nobody:${service.secret}`),
      `Bearer ${service.secret}`,
    ];
    for (const authorization of tried) {
      const { status, code } = await browser.get("/revocations", { authorization });
      expect([status, code], authorization ?? "none").toEqual([401, "invalid_client"]);
    }
  });

  it("refuses a cursor that is longer than any of ours, and takes another for the beginning", async () => {
    const site = createSite(strategy);
    const [sid] = await endMany(site, 1);
    for (const cursor of ["nonsense", "-1", "0-0,0-0", "999999999999999"])
      expect(sidsOf(await ask(site, cursor)), cursor).toEqual([sid]);
    const long = await site
      .browser()
      .get(`/revocations?cursor=${"1".repeat(8193)}`, { authorization: serviceBasic });
    expect([long.status, long.code]).toEqual([400, "invalid_input"]);
  });

  it("may be asked from anywhere, and its answer is for nobody's cache", async () => {
    const site = createSite(strategy);
    const headers = {
      authorization: serviceBasic,
      origin: "https://evil.example",
      "sec-fetch-site": "cross-site",
    };
    const reply: Reply = await site.send(new Request(`${origin}/auth/revocations`, { headers }));
    expect([reply.status, reply.headers.get("cache-control")]).toEqual([200, "private, no-store"]);
    expect(reply.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("gives no news while it has none itself, and goes on by a cursor all the same", async () => {
    const { here, there, cut } = createFleet(strategy);
    await endMany(here, 1);
    const { cursor } = await ask(there);
    cut.news = true;
    await here.clock.advance(2001);
    for (const query of ["", `?cursor=${cursor ?? ""}`]) {
      const { status, code, headers } = await there
        .browser()
        .get(`/revocations${query}`, { authorization: serviceBasic });
      expect([status, code], query).toEqual(query === "" ? [503, "store_unavailable"] : [500, "internal"]);
      if (query === "") expect(headers.get("retry-after")).toBe("1");
    }
    cut.news = false;
    const [sid] = await endMany(here, 1);
    expect(sidsOf(await ask(there, cursor))).toEqual([sid]);
  });
});

it("GET /revocations says where nothing is ever revoked", async () => {
  for (const options of [{ store: undefined, login: [] }, { revocations: "none" as const }]) {
    const site = createSite("stateless", options as object);
    const { status, code } = await site.browser().get("/revocations", { authorization: serviceBasic });
    expect([status, code]).toEqual([400, "strategy_unsupported"]);
  }
});

it("what this node ended itself is told once, though its feed brings it again", async () => {
  const { sessions } = memory();
  const session = sampleSession();
  await sessions.create(session, null);
  const now = session.createdAt;
  const local = new LocalRevocations(null, 2000, 15 * minute);
  local.caughtUp(now);
  const { sid, userId, expiresAt } = session;
  local.revoked([{ sid, userId, reason: "signed_out", endedAt: now, expiresAt }]);
  await sessions.revoke(sid, now, "signed_out");
  const news = await newsSince({ revocations: local, feed: { cursor: null }, store: sessions }, null, now);
  expect(news.ended).toEqual([{ sid, reason: "signed_out", until: now + 15 * minute }]);
});

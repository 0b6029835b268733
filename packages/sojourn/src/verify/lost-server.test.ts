import { describe, expect, it } from "vitest";
import type { RevocationsReply } from "../contract/types.ts";
import { origin, testSecret } from "../http/http-test-kit.fixture.ts";
import { createVerifier, type Verifier, type VerifierOptions } from "./index.ts";
import { endMany, type Shared, signedInAtEdge } from "./verifier-kit.fixture.ts";

const hybrid: Shared = { strategy: "hybrid" };
const lag = 2000;
const needsNews = { status: "needs_origin", why: "news" };

async function statusOf(verifier: Verifier, headers: { cookie: string }): Promise<string> {
  return (await verifier.verify(headers)).status;
}

describe("while the server cannot be reached", () => {
  it("nothing is trusted once the news is too old, and nobody is signed out", async () => {
    const { verifier, site, access, cut, failures } = await signedInAtEdge(hybrid);
    expect(await statusOf(verifier, access)).toBe("active");
    cut.way = true;
    await site.clock.advance(lag);
    expect(await statusOf(verifier, access)).toBe("active");
    await site.clock.advance(1);
    expect(await verifier.verify(access)).toEqual(needsNews);
    expect(failures).toEqual([new TypeError("fetch failed")]);
    cut.way = false;
    await site.clock.advance(1000);
    expect(await statusOf(verifier, access)).toBe("active");
  });

  it("whoever is told of it may fail as well", async () => {
    const onFailure = (): never => {
      throw new Error("the log is full");
    };
    const { verifier, access, cut } = await signedInAtEdge(hybrid, { onFailure });
    cut.way = true;
    expect(await verifier.verify(access)).toEqual(needsNews);
  });

  it("the way is tried ever less often, and at least twice a minute", async () => {
    const { verifier, site, access, asked, cut } = await signedInAtEdge(hybrid);
    cut.way = true;
    for (let second = 0; second < 300; second += 1) {
      await verifier.verify(access);
      await site.clock.advance(1000);
    }
    expect(asked.length).toBeLessThan(20);
    const before = asked.length;
    cut.way = false;
    await site.clock.advance(30_000);
    expect(await statusOf(verifier, access)).toBe("active");
    expect(asked.length).toBe(before + 1);
  });

  it("a request waits no longer than its patience, and who comes next waits for the same answer", async () => {
    const { verifier, site, access, way } = await atTheEndOfTheLag({ timeout: "500ms" });
    const first = verifier.verify(access);
    await site.clock.advance(499);
    const second = verifier.verify(access);
    await site.clock.advance(1);
    expect([await first, way.waiting.length]).toEqual([needsNews, 1]);
    way.waiting[0]?.answer();
    expect(await second).toMatchObject({ status: "active" });
    expect(way.waiting).toHaveLength(1);
  });

  it("an answer that never comes is given up, and asked for anew", async () => {
    const { verifier, site, access, way, failures } = await atTheEndOfTheLag();
    const waiting = verifier.verify(access);
    await site.clock.advance(1000);
    expect(await waiting).toEqual(needsNews);
    expect(way.waiting[0]?.signal.aborted).toBe(false);
    await site.clock.advance(9000);
    expect([way.waiting[0]?.signal.aborted, failures.length]).toEqual([true, 1]);
    await site.clock.advance(1000);
    void verifier.verify(access);
    expect(way.waiting).toHaveLength(2);
  });

  it("a token that runs out meanwhile is not taken for good", async () => {
    const { verifier, site, access, way } = await atTheEndOfTheLag({ timeout: "5s" });
    await site.clock.advance(15 * 60_000 - lag - 2);
    const state = verifier.verify(access);
    await site.clock.advance(1);
    way.waiting[0]?.answer();
    expect(await state).toEqual({ status: "needs_origin", why: "renewal" });
  });

  it("a question that was forgotten along with the request that asked it blocks nobody for long", async () => {
    const { verifier, site, access, way } = await atTheEndOfTheLag();
    way.forgets = true;
    for (const asked of [1, 2, 3]) {
      const waiting = [1, 2].map(async () => verifier.verify(access));
      await site.clock.advance(1000);
      expect([...(await Promise.all(waiting)), way.waiting.length]).toEqual([needsNews, needsNews, asked]);
    }
    const patient = verifier.verify(access);
    way.waiting[3]?.answer();
    expect(await patient).toMatchObject({ status: "active" });
  });

  it.each([500, 401, 301, 204])("an answer of status %i is no news", async (status) => {
    const fetch = async (): Promise<Response> =>
      new Response(null, { status, headers: { location: "/elsewhere" } });
    const { verifier, access, failures } = await signedInAtEdge(hybrid, { fetch });
    expect(await verifier.verify(access)).toEqual(needsNews);
    expect(String(failures[0])).toBe(`Error: /revocations answered ${status}.`);
  });

  const page: RevocationsReply = { ended: [], users: [], keys: [], cursor: null, more: false };
  it.each([
    null,
    [],
    "news",
    {},
    { ...page, ended: undefined },
    { ...page, ended: [null] },
    { ...page, ended: [{ sid: "x", reason: "revoked" }] },
    { ...page, ended: [{ sid: 1, reason: "revoked", until: 1 }] },
    { ...page, ended: [{ sid: "x", reason: "revoked", until: "soon" }] },
    { ...page, users: [{ userId: "x", before: null, until: 1 }] },
    { ...page, users: {} },
    { ...page, keys: [1] },
    { ...page, cursor: 1 },
    { ...page, more: "yes" },
  ])("%j is no news", async (reply) => {
    const fetch = async (): Promise<Response> => Response.json(reply);
    const { verifier, access, failures } = await signedInAtEdge(hybrid, { fetch });
    expect(await verifier.verify(access)).toEqual(needsNews);
    expect(String(failures[0])).toBe("TypeError: The revocation feed answered something else.");
  });

  it("a clock that was set back makes old news no fresher", async () => {
    const { verifier, site, access, cut } = await signedInAtEdge(hybrid);
    await endMany(site, 1);
    await verifier.verify(access);
    site.clock.jumpTo(site.clock.now() + 60_000);
    expect(await statusOf(verifier, access)).toBe("active");
    cut.way = true;
    site.clock.jumpTo(site.clock.now() - 30_000);
    expect(await verifier.verify(access)).toEqual(needsNews);
    cut.way = false;
    site.clock.jumpTo(site.clock.now() + 2000);
    expect(await statusOf(verifier, access)).toBe("active");
  });
});

it("nothing of the service's secret is in a failure", async () => {
  const failures: unknown[] = [];
  const { access, site } = await signedInAtEdge(hybrid);
  const verifier = createVerifier({
    baseURL: origin,
    secret: testSecret,
    revocations: { service: { id: "edge", secret: "not-the-right-secret-but-a-secret" } },
    clock: site.clock,
    fetch: (url, init) => site.auth.handler(new Request(url, init)),
    onFailure: (error) => void failures.push(error),
  });
  expect(await verifier.verify(access)).toEqual(needsNews);
  expect(String(failures)).toBe("Error: /revocations answered 401.");
});

/** A request that waits on its way to the site. */
interface Waiting {
  readonly signal: AbortSignal;
  readonly answer: () => void;
}

/** A verifier whose news has just grown too old, where the next requests to the site wait until they are let through. */
async function atTheEndOfTheLag(options: Partial<VerifierOptions> = {}): Promise<
  Awaited<ReturnType<typeof signedInAtEdge>> & {
    /** With `forgets` not even a signal that they are given up reaches them. */
    readonly way: { forgets: boolean; readonly waiting: Waiting[] };
  }
> {
  const way = { isFree: true, forgets: false, waiting: [] as Waiting[] };
  const signedIn = await signedInAtEdge(hybrid, {
    ...options,
    async fetch(url, { signal, ...init }) {
      if (!way.isFree) {
        await new Promise<void>((answer, reject) => {
          way.waiting.push({ signal, answer });
          signal.addEventListener("abort", () => way.forgets || reject(new Error("aborted")));
        });
      }
      return signedIn.site.auth.handler(new Request(url, init));
    },
  });
  const { verifier, access, site } = signedIn;
  // Twice, so that it answers at once from then on.
  for (let n = 0; n < 2; n += 1) expect(await statusOf(verifier, access)).toBe("active");
  way.isFree = false;
  await site.clock.advance(lag + 1);
  return { ...signedIn, way };
}

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JwtAlgorithm } from "../auth-options.ts";
import { toNodeHandler } from "../adapters/node.ts";
import type { Reply } from "./response-check.fixture.ts";
import { ada, createSite, origin, type Site, type SiteOptions } from "./http-test-kit.fixture.ts";

const { email, password } = ada;
const day = 86_400_000;
const path = "/.well-known/jwks.json";
const asymmetric: readonly JwtAlgorithm[] = ["EdDSA", "ES256"];
const keys = { announceFor: "1d" } as const;

async function begin(alg: JwtAlgorithm, options: SiteOptions = {}): Promise<Site> {
  const site = createSite("hybrid", { jwt: { alg }, keys, transports: ["header"], ...options });
  await site.auth.ready();
  await pass(site, 1000);
  await pass(site, day);
  await site.browser().post("/sign-up/password", ada);
  return site;
}

async function pass({ clock }: Site, ms: number): Promise<void> {
  clock.jumpTo(clock.now() + ms);
  await clock.advance(2000);
}

async function tokenOf(site: Site): Promise<string> {
  const { body } = await site.browser().post("/sign-in/password", { email, password });
  return body.tokens.accessToken;
}

const keysIn = ({ text }: Reply): JSONWebKeySet["keys"] => (JSON.parse(text) as JSONWebKeySet).keys;
const idsIn = (reply: Reply): readonly string[] => [
  ...new Set(keysIn(reply).map(({ kid = "" }) => kid.slice(0, 8))),
];

describe.each(asymmetric)("the published keys for %s", (alg) => {
  it("hold those that sign, signed and will sign, without a private part, and no revoked one", async () => {
    const site = await begin(alg);
    await pass(site, day);
    await site.auth.keys.rotate();
    const list = await site.auth.keys.list();
    expect(list.map(({ state }) => state)).toEqual(["retired", "retired", "active", "announced"]);
    const reply = await site.browser().get(path);
    expect([...idsIn(reply)].toSorted()).toEqual(list.map(({ id }) => id).toSorted());
    for (const key of keysIn(reply)) {
      const point = alg === "ES256" ? ["x", "y"] : ["x"];
      expect(Object.keys(key).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", ...point].toSorted());
    }
    const revoked = list[1]?.id ?? "";
    await site.auth.keys.revoke(revoked);
    expect(idsIn(await site.browser().get(path))).not.toContain(revoked);
  });

  it("may be kept by anybody, and are not sent again to who has them", async () => {
    const site = await begin(alg);
    const { status, headers } = await site.browser().get(path);
    expect([status, headers.get("content-type")]).toEqual([200, "application/jwk-set+json"]);
    expect(headers.get("cache-control")).toBe("public, max-age=300, stale-while-revalidate=300");
    const tag = headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    for (const names of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await site.browser().get(path, { "if-none-match": names });
      expect([again.status, again.text, again.headers.get("etag")]).toEqual([304, "", tag]);
      expect(again.headers.get("cache-control")).toBe(headers.get("cache-control"));
    }
    await pass(site, day);
    await site.auth.keys.rotate();
    const changed = await site.browser().get(path, { "if-none-match": tag });
    expect(changed.status).toBe(200);
    expect(changed.headers.get("etag")).not.toBe(tag);
  });
});

describe("the published keys", () => {
  it("are none where only this app could check with them", async () => {
    const reply = await (await begin("HS256")).browser().get(path);
    expect([reply.headers.get("content-type"), reply.text]).toEqual([
      "application/jwk-set+json",
      '{"keys":[]}',
    ]);
  });

  it("may be kept for a quarter of a short announcement, and stale for as long again", async () => {
    const site = await begin("EdDSA", { keys: { announceFor: "2m" } });
    expect((await site.browser().get(path)).headers.get("cache-control")).toBe(
      "public, max-age=30, stale-while-revalidate=30",
    );
  });
});

describe.each(asymmetric)("another service that checks %s tokens by itself", (alg) => {
  let server: Server | null = null;
  let fetched = 0;

  beforeEach(() => {
    fetched = 0;
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  });

  async function listen(site: Site): Promise<URL> {
    const handle = toNodeHandler(site.auth);
    server = createServer((request, response) => {
      fetched += 1;
      void handle(request, response);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server?.once("listening", resolve));
    return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/auth${path}`);
  }

  it("accepts tokens through three rotations with the keys it kept, for as long as it may keep them", async () => {
    const site = await begin(alg);
    const url = await listen(site);
    const cacheMaxAge = 300_000;
    // It never asks again for a key that it does not know: all that it knows it was told in time.
    const remote = createRemoteJWKSet(url, { cacheMaxAge, cooldownDuration: 1e12 });
    const check = (token: string): Promise<unknown> => {
      vi.setSystemTime(site.clock.now());
      return jwtVerify(token, remote, { typ: "at+jwt", issuer: origin, audience: origin, algorithms: [alg] });
    };
    await check(await tokenOf(site));
    for (let rotation = 1; rotation <= 3; rotation += 1) {
      await pass(site, day);
      const before = await tokenOf(site);
      await check(before);
      expect(fetched).toBe(rotation + 1);
      await site.auth.keys.rotate();
      const after = await tokenOf(site);
      expect(after.split(".")[0]).not.toBe(before.split(".")[0]);
      await pass(site, cacheMaxAge - 5000);
      await check(after);
      await check(before);
      // With what it had: the new key was announced before.
      expect(fetched).toBe(rotation + 1);
    }
  });

  it("accepts tokens of a key that took over at once, because the one before was revoked", async () => {
    const site = await begin(alg);
    const remote = createRemoteJWKSet(await listen(site), { cacheMaxAge: 300_000, cooldownDuration: 1e12 });
    const check = (token: string): Promise<unknown> => {
      vi.setSystemTime(site.clock.now());
      return jwtVerify(token, remote, { algorithms: [alg] });
    };
    const leaked = await tokenOf(site);
    await check(leaked);
    const active = (await site.auth.keys.list()).find(({ state }) => state === "active");
    await site.auth.keys.revoke(active?.id ?? "");
    await check(await tokenOf(site));
    expect(fetched).toBe(1);
    // The leaked key is gone with the next copy, five minutes later at most.
    await pass(site, 300_000);
    await expect(check(leaked)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
  });
});

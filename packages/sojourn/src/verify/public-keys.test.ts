import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { createKeyRing } from "../crypto/key-ring.ts";
import { createSigner } from "../crypto/signer.ts";
import { claims as sampleClaims, encode, secrets } from "../crypto/signer.fixture.ts";
import { cookieName, origin } from "../http/http-test-kit.fixture.ts";
import { type FakeClock, fakeClock } from "../testing/index.ts";
import { createVerifier, type Verifier } from "./index.ts";

const start = sampleClaims.iat * 1000;
const claims = { ...sampleClaims, iss: origin, aud: origin };
const later = { ...claims, iat: claims.iat + 3600, exp: claims.exp + 3600 };
const asCookie = (token: string): { cookie: string } => ({ cookie: `${cookieName}=${token}` });
const needsKey = { status: "needs_origin", why: "key" };

/** A server that shows keys, and a verifier that reads them. */
interface World {
  readonly clock: FakeClock;
  readonly verifier: Verifier;
  readonly asked: string[];
  readonly failures: unknown[];
  /** What the server answers; may be set. */
  readonly shown: { answer: () => Promise<Response> };
  /** A token of a secret. */
  token(secret: string, says?: object): Promise<string>;
  show(...secrets: readonly string[]): void;
}

function worldOf(alg: "EdDSA" | "ES256"): World {
  const clock = fakeClock(start);
  const asked: string[] = [];
  const failures: unknown[] = [];
  const signerOf = (...ring: readonly string[]) => createSigner({ ring: createKeyRing(ring), alg });
  const shown = { answer: async (): Promise<Response> => Response.json({ keys: [] }) };
  const verifier = createVerifier({
    baseURL: origin,
    jwt: { alg },
    revocations: false,
    clock,
    onFailure: (error) => void failures.push(error),
    fetch(url) {
      asked.push(url);
      return shown.answer();
    },
  });
  return {
    clock,
    verifier,
    asked,
    failures,
    shown,
    token: async (secret, says = claims) => signerOf(secret).sign("access", says as typeof claims),
    show(...ring) {
      shown.answer = async () => Response.json(await signerOf(...ring).publicKeys());
    },
  };
}

describe.each(["EdDSA", "ES256"] as const)("public keys of %s", (alg) => {
  it("are asked for with the first token, and kept", async () => {
    const { verifier, asked, token, show, clock } = worldOf(alg);
    show(secrets[0]);
    for (let n = 0; n < 5; n += 1)
      expect((await verifier.verify(asCookie(await token(secrets[0])))).status).toBe("active");
    await clock.advance(299_000);
    expect((await verifier.verify(asCookie(await token(secrets[0])))).status).toBe("active");
    expect(asked).toEqual([`${origin}/auth/.well-known/jwks.json`]);
  });

  it("are looked at again after five minutes, and old ones will do while that fails", async () => {
    const { verifier, asked, failures, token, show, shown, clock } = worldOf(alg);
    show(secrets[0]);
    const headers = asCookie(await token(secrets[0], later));
    clock.jumpTo(later.iat * 1000);
    expect((await verifier.verify(headers)).status).toBe("active");
    shown.answer = async () => new Response(null, { status: 503 });
    await clock.advance(300_000);
    for (let n = 0; n < 10; n += 1) expect((await verifier.verify(headers)).status).toBe("active");
    expect([asked.length, failures.length]).toEqual([2, 1]);
  });

  it("that are new are found by the first token that names one", async () => {
    const { verifier, asked, token, show, clock } = worldOf(alg);
    show(secrets[0]);
    await verifier.verify(asCookie(await token(secrets[0])));
    show(secrets[1], secrets[0]);
    await clock.advance(30_000);
    for (const secret of secrets)
      expect((await verifier.verify(asCookie(await token(secret)))).status).toBe("active");
    expect(asked).toHaveLength(2);
  });

  it("JT-11: are asked for once per cooldown, whatever keys a flood of tokens names", async () => {
    const { verifier, asked, token, show, clock } = worldOf(alg);
    show(secrets[0]);
    const good = await token(secrets[0]);
    await verifier.verify(asCookie(good));
    const [, payload = "", signature = ""] = good.split(".");
    for (let cooldown = 1; cooldown <= 3; cooldown += 1) {
      await clock.advance(30_000);
      for (let n = 0; n < 1000; n += 1) {
        const kid = `${String(n).padStart(8, "k")}-access`;
        const header = encode({ alg, typ: "at+jwt", kid });
        expect(await verifier.verify(asCookie(`${header}.${payload}.${signature}`))).toEqual(needsKey);
      }
      expect(asked).toHaveLength(1 + cooldown);
    }
    expect((await verifier.verify(asCookie(good))).status).toBe("active");
  });

  it("JT-11: are asked for no more often while the server fails", async () => {
    const { verifier, asked, token, show, shown, clock } = worldOf(alg);
    show(secrets[0]);
    await verifier.verify(asCookie(await token(secrets[0])));
    shown.answer = async () => Promise.reject(new TypeError("fetch failed"));
    const unknown = asCookie(await token(secrets[1]));
    for (let second = 0; second < 120; second += 1) {
      await clock.advance(1000);
      expect(await verifier.verify(unknown)).toEqual(needsKey);
    }
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  it("that cannot be had leave it to the server, and are tried for again", async () => {
    const { verifier, asked, token, show, shown, clock } = worldOf(alg);
    shown.answer = async () => Promise.reject(new TypeError("fetch failed"));
    const headers = asCookie(await token(secrets[0]));
    for (let n = 0; n < 10; n += 1) expect(await verifier.verify(headers)).toEqual(needsKey);
    expect(asked).toHaveLength(1);
    show(secrets[0]);
    await clock.advance(1000);
    expect((await verifier.verify(headers)).status).toBe("active");
  });

  it.each([
    [null],
    [[]],
    ["keys"],
    [{}],
    [{ keys: "none" }],
    [{ keys: Array.from({ length: 101 }, () => ({})) }],
  ])("are not %j", async (reply) => {
    const { verifier, failures, token, shown } = worldOf(alg);
    shown.answer = async () => Response.json(reply);
    expect(await verifier.verify(asCookie(await token(secrets[0])))).toEqual(needsKey);
    expect(String(failures[0])).toBe("TypeError: The server's public keys are no JWK Set.");
  });

  it("are passed over that are for something else, or no keys at all", async () => {
    const { verifier, token, shown } = worldOf(alg);
    const { keys } = await createSigner({ ring: createKeyRing([secrets[0]]), alg }).publicKeys();
    const jwk = (keys as readonly { kid: string; x: string }[]).find(({ kid }) => kid.endsWith("-access"));
    const others = [
      null,
      "key",
      {},
      { ...jwk, alg: "HS256" },
      { ...jwk, alg: undefined },
      { ...jwk, kty: "oct", k: jwk?.x },
      { ...jwk, kty: "RSA" },
      { ...jwk, crv: "P-384" },
      { ...jwk, kid: "__proto__" },
      { ...jwk, kid: jwk?.kid.replace("access", "session") },
      { ...jwk, kid: 7 },
      { ...jwk, x: 7 },
      { ...jwk, x: "AAAA" },
    ];
    for (const other of others) {
      shown.answer = async () => Response.json({ keys: [other] });
      const world = worldOf(alg);
      world.shown.answer = shown.answer;
      const state = await world.verifier.verify(asCookie(await token(secrets[0])));
      expect(state, JSON.stringify(other)).toEqual(needsKey);
    }
    shown.answer = async () => Response.json({ keys: [...others, jwk] });
    expect((await verifier.verify(asCookie(await token(secrets[0])))).status).toBe("active");
  });

  it("may be handed over, and then nobody is asked", async () => {
    const { token, clock } = worldOf(alg);
    const keys = (await createSigner({ ring: createKeyRing([secrets[0]]), alg }).publicKeys()) as {
      keys: object[];
    };
    const verifier = createVerifier({ baseURL: origin, jwt: { alg }, keys, revocations: false, clock });
    expect((await verifier.verify(asCookie(await token(secrets[0])))).status).toBe("active");
    expect(await verifier.verify(asCookie(await token(secrets[1])))).toEqual(needsKey);
  });
});

it("T-13: nobody is asked for a key that a token brings along or points to", async () => {
  const seen: string[] = [];
  const listener = createServer((request, response) => {
    seen.push(request.url ?? "");
    response.end("{}");
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const there = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const { verifier, asked, token, show } = worldOf("ES256");
  show(secrets[0]);
  const [, payload = "", signature = ""] = (await token(secrets[0])).split(".");
  for (const extra of [{ jku: `${there}/jwks` }, { x5u: `${there}/x5u` }, { kid: `${there}/kid` }]) {
    const header = encode({ alg: "ES256", typ: "at+jwt", kid: "k", ...extra });
    const state = await verifier.verify(asCookie(`${header}.${payload}.${signature}`));
    expect(state).toEqual({ status: "anonymous" });
  }
  await new Promise((resolve) => listener.close(resolve));
  expect([seen, asked]).toEqual([[], [`${origin}/auth/.well-known/jwks.json`]]);
});

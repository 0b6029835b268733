import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { isHmac } from "../crypto/algorithms.ts";
import { createKeyRing } from "../crypto/key-ring.ts";
import { order } from "../crypto/low-s.ts";
import { createSigner } from "../crypto/signer.ts";
import { algorithms, claims as sampleClaims, encode } from "../crypto/signer.fixture.ts";
import { foreignTokens, mint, refreshName, siblings } from "../http/foreign-tokens.fixture.ts";
import { cookieName, origin, testSecret } from "../http/http-test-kit.fixture.ts";
import { fakeClock } from "../testing/index.ts";
import { createVerifier, type Verifier, type VerifierOptions } from "./index.ts";
import { edgeOf } from "./verifier-kit.fixture.ts";

const transports = ["cookie", "header"] as const;
const ring = createKeyRing([testSecret]);
const start = sampleClaims.iat * 1000;
const claims = { ...sampleClaims, iss: origin, aud: origin };

/** A verifier that nobody revokes anything at, at the time of the sample claims. */
function verifierOf(options: Partial<VerifierOptions> = {}): Verifier {
  const clock = fakeClock(start);
  const given = { baseURL: origin, secret: testSecret, revocations: false, transports, clock } as const;
  return createVerifier({ ...given, ...options });
}

const asCookie = (token: string): { cookie: string } => ({ cookie: `${cookieName}=${token}` });

/** A token with our own key, whatever header and claims are to be signed. */
function withOurKey(header: unknown, payload: unknown = claims): string {
  const key = ring.key(ring.activeId, "jwt:HS256:access") ?? "";
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}
const ours = { alg: "HS256", typ: "at+jwt", kid: ring.activeId };

describe.each(["hybrid", "stateless"] as const)("at an edge of %s sessions", (strategy) => {
  it("T-14: what was made for something else signs nobody in", async () => {
    const sites = siblings();
    const site = sites[strategy];
    await site.signedUp();
    const own = await mint(site);
    const { verifier } = edgeOf(site, { strategy, transports });
    expect((await verifier.verify(asCookie(own.cookieAccess))).status).toBe("active");
    const foreign = Object.entries(await foreignTokens(strategy, sites, own));
    expect(foreign.length).toBeGreaterThanOrEqual(28);
    for (const [what, token] of foreign) {
      for (const headers of [asCookie(token), { authorization: `Bearer ${token}` }]) {
        const { status } = await verifier.verify(headers);
        expect(["anonymous", "needs_origin"], what).toContain(status);
      }
      const asRefresh = await verifier.verify({ cookie: `${refreshName}=${token}` });
      expect(asRefresh.status, what).not.toBe("active");
    }
  });
});

describe("a token with our own key", () => {
  it("is good in the one form that we make", async () => {
    expect(withOurKey(ours)).toBe(await createSigner({ ring, alg: "HS256" }).sign("access", claims));
    expect((await verifierOf().verify(asCookie(withOurKey(ours)))).status).toBe("active");
  });

  it.each([
    ["alg none", { ...ours, alg: "none" }],
    ["alg NonE", { ...ours, alg: "NonE" }],
    ["another alg", { ...ours, alg: "HS512" }],
    ["an asymmetric alg", { ...ours, alg: "EdDSA" }],
    ["no alg", { typ: ours.typ, kid: ours.kid }],
    ["typ JWT", { ...ours, typ: "JWT" }],
    ["typ of a whole session", { ...ours, typ: "session+jwt" }],
    ["typ in capitals", { ...ours, typ: "AT+JWT" }],
    ["typ with application/", { ...ours, typ: "application/at+jwt" }],
    ["no typ", { alg: ours.alg, kid: ours.kid }],
    ["no kid", { alg: ours.alg, typ: ours.typ }],
    ["kid that is a path", { ...ours, kid: "../../etc/passwd" }],
    ["kid of a prototype", { ...ours, kid: "__proto__" }],
    ["kid that is a number", { ...ours, kid: 1 }],
    ["kid of 10 kB", { ...ours, kid: "k".repeat(10_000) }],
    ["crit", { ...ours, crit: ["x"], x: 1 }],
    ["b64 false", { ...ours, crit: ["b64"], b64: false }],
    ["jku", { ...ours, jku: "https://evil.example/jwks" }],
    ["jwk", { ...ours, jwk: { kty: "oct", k: "AA" } }],
    ["x5u", { ...ours, x5u: "https://evil.example/x5u" }],
    ["x5c", { ...ours, x5c: ["AA"] }],
    ["another order", { kid: ours.kid, typ: ours.typ, alg: ours.alg }],
    ["no object", "header"],
  ])("and %s is refused, and nobody is asked for anything", async (_what, header) => {
    const asked: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      asked.push(url);
      return Response.json({});
    };
    const state = await verifierOf({ fetch }).verify(asCookie(withOurKey(header)));
    expect([state, asked]).toEqual([{ status: "anonymous" }, []]);
  });

  it.each([
    ["an endless exp", '"exp":1e999'],
    ["an exp in quotes", `"exp":"${claims.exp}"`],
    ["no number for exp", '"exp":null'],
    ["an exp of long ago", `"exp":${claims.iat - 1}`],
  ])("and %s is refused", async (_what, exp) => {
    const payload = JSON.stringify(claims).replace(/"exp":\d+/, exp);
    expect(await verifierOf().verify(asCookie(withOurKey(ours, payload)))).toEqual({ status: "anonymous" });
  });

  it.each([
    ["another issuer", { iss: "https://evil.example" }],
    ["another audience", { aud: "https://other.example" }],
    ["a list of audiences", { aud: [origin] }],
    ["no subject", { sub: undefined }],
    ["no sid", { sid: "" }],
    ["a date of issue that is to come", { iat: claims.iat + 31 }],
    ["an endless idle timeout", { idle: Number.POSITIVE_INFINITY }],
    ["the other transport", { transport: "header" }],
    ["an actor without a session", { act: { sub: "root", reason: "x" } }],
    ["a user that is none", { user: null }],
  ])("and %s is refused", async (_what, changed) => {
    const token = withOurKey(ours, { ...claims, ...changed });
    expect(await verifierOf().verify(asCookie(token))).toEqual({ status: "anonymous" });
  });

  it("and more characters than anybody looks at is refused", async () => {
    const token = withOurKey(ours, { ...claims, padding: "x".repeat(8192) });
    expect(await verifierOf().verify(asCookie(token))).toEqual({ status: "anonymous" });
  });

  it("and claims named like what objects have changes no object", async () => {
    const payload = JSON.stringify(claims).replace("{", '{"__proto__":{"admin":true},"constructor":1,');
    const state = await verifierOf().verify(asCookie(withOurKey(ours, payload)));
    expect(state).toMatchObject({ status: "active" });
    expect(Reflect.get({}, "admin")).toBeUndefined();
    expect(JSON.stringify(state)).not.toContain("admin");
  });
});

it.each(["EdDSA", "ES256"] as const)("T-12: the public key of %s is no secret to sign with", async (alg) => {
  const signer = createSigner({ ring, alg });
  const { keys } = await signer.publicKeys();
  const [jwk] = keys as readonly { kid: string; x: string }[];
  const verifier = verifierOf({ jwt: { alg }, secret: undefined, keys: { keys } });
  expect((await verifier.verify(asCookie(await signer.sign("access", claims)))).status).toBe("active");
  for (const key of [JSON.stringify(jwk), jwk?.x ?? "", Buffer.from(jwk?.x ?? "", "base64url")]) {
    for (const header of [
      { ...ours, kid: jwk?.kid },
      { alg, typ: ours.typ, kid: jwk?.kid },
    ]) {
      const text = `${encode(header)}.${encode(claims)}`;
      const mac = createHmac("sha256", key).update(text).digest();
      for (const signature of [mac, Buffer.concat([mac, mac]), Buffer.alloc(64)]) {
        const token = `${text}.${signature.toString("base64url")}`;
        expect(await verifier.verify(asCookie(token))).toEqual({ status: "anonymous" });
      }
    }
  }
});

const bytesOf = (text: string): Buffer => Buffer.from(text, "base64url");

describe.each(algorithms)("T-15: a token of %s", (alg) => {
  const signer = createSigner({ ring, alg });
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  async function verifierOfAlg(): Promise<Verifier> {
    if (isHmac(alg)) return verifierOf({ jwt: { alg } });
    const { keys } = await signer.publicKeys();
    return verifierOf({ jwt: { alg }, secret: undefined, keys: { keys } });
  }

  it("is taken in one spelling only", async () => {
    const verifier = await verifierOfAlg();
    const token = await signer.sign("access", { ...claims, sub: "user-22" });
    expect((await verifier.verify(asCookie(token))).status).toBe("active");
    const parts = token.split(".");
    const respelled = parts.flatMap((part, index) =>
      [...alphabet]
        .map((last) => part.slice(0, -1) + last)
        .filter((other) => other !== part && bytesOf(other).equals(bytesOf(part)))
        .map((other) => parts.with(index, other).join(".")),
    );
    // An Ed25519 signature and one of ES256 have 64 bytes, which leave four bits.
    expect(respelled.length).toBeGreaterThan(0);
    for (const other of respelled)
      expect(await verifier.verify(asCookie(other)), other).toEqual({ status: "anonymous" });
  });
});

it("T-15: a token of ES256 is refused with the other s that makes a good signature", async () => {
  const signer = createSigner({ ring, alg: "ES256" });
  const { keys } = await signer.publicKeys();
  const verifier = verifierOf({ jwt: { alg: "ES256" }, secret: undefined, keys: { keys } });
  const token = await signer.sign("access", claims);
  const dot = token.lastIndexOf(".") + 1;
  const signature = bytesOf(token.slice(dot));
  const other = order - BigInt(`0x${signature.subarray(32).toString("hex")}`);
  const s = Buffer.from(other.toString(16).padStart(64, "0"), "hex");
  const high = Buffer.concat([signature.subarray(0, 32), s]).toString("base64url");
  expect(await verifier.verify(asCookie(token.slice(0, dot) + high))).toEqual({ status: "anonymous" });
  const none = Buffer.alloc(64).toString("base64url");
  expect(await verifier.verify(asCookie(token.slice(0, dot) + none))).toEqual({ status: "anonymous" });
});

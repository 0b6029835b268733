import { createHmac, createPublicKey } from "node:crypto";
import fc from "fast-check";
import { CompactSign, createLocalJWKSet, importJWK, type JWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import type { TokenKind } from "../domain/claims.ts";
import type { Signer } from "../ports/signer.ts";
import { hashOf, type HmacAlgorithm, isHmac, type JwsAlgorithm } from "./algorithms.ts";
import { deriveKeyPair } from "./asymmetric-keys.ts";
import { createKeyRing, ownKey } from "./key-ring.ts";
import { hasLowS } from "./low-s.ts";
import { createSigner } from "./signer.ts";
import { algorithms, claims, encode, headerOfToken, kinds, secrets } from "./signer.fixture.ts";

const ring = createKeyRing([secrets[0]]);
const signers = new Map(algorithms.map((alg) => [alg, createSigner({ ring, alg })]));
const signerOf = (alg: JwsAlgorithm): Signer => signers.get(alg)!;
const hmacs = algorithms.filter(isHmac);

/** A MAC with our own key over whatever a thief of nothing but our patience might want signed. */
function macWithOurKey(text: string, kind: TokenKind = "access", alg: HmacAlgorithm = "HS256"): string {
  const key = ownKey(ring, ring.activeId, `jwt:${alg}:${kind}`);
  return createHmac(hashOf[alg], key).update(text).digest("base64url");
}
const withOurKey = (header: unknown, payload: unknown = claims): string => {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${macWithOurKey(text)}`;
};
const ours = { alg: "HS256", typ: "at+jwt", kid: ring.activeId };

describe.each(algorithms)("a token signed with %s", (alg) => {
  it.each(kinds)("opens to the claims it was made of: %s", async (kind) => {
    const token = await signerOf(alg).sign(kind, claims);
    expect(await signerOf(alg).open(kind, token)).toEqual(claims);
    expect(token).toMatch(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
  });

  it("says in its header what it is and no more", async () => {
    for (const [kind, typ] of [
      ["access", "at+jwt"],
      ["session", "session+jwt"],
    ] as const) {
      const kid = isHmac(alg) ? ring.activeId : `${ring.activeId}-${kind}`;
      expect(headerOfToken(await signerOf(alg).sign(kind, claims))).toEqual({ alg, typ, kid });
    }
  });

  it("is a JWT to other libraries, under its own type and algorithm", async () => {
    for (const kind of kinds) {
      const token = await signerOf(alg).sign(kind, claims);
      const typ = kind === "access" ? "at+jwt" : "session+jwt";
      const options = {
        algorithms: [alg],
        typ,
        issuer: claims.iss,
        audience: claims.aud,
        currentDate: new Date(claims.iat * 1000),
      };
      const verified = isHmac(alg)
        ? await jwtVerify(token, ownKey(ring, ring.activeId, `jwt:${alg}:${kind}`), options)
        : await jwtVerify(token, createLocalJWKSet(await jwkSetOf(signerOf(alg))), options);
      expect(verified.payload).toEqual(claims);
    }
  });

  it("is accepted as its own kind and by its own algorithm only", async () => {
    for (const kind of kinds) {
      const token = await signerOf(alg).sign(kind, claims);
      for (const [otherAlg, signer] of signers) {
        for (const otherKind of kinds) {
          const opened = await signer.open(otherKind, token);
          expect(opened !== null, `${alg} ${kind} as ${otherAlg} ${otherKind}`).toBe(
            otherAlg === alg && otherKind === kind,
          );
        }
      }
    }
  });

  it("opens until its key leaves the ring", async () => {
    const token = await signerOf(alg).sign("access", claims);
    const rotated = createSigner({ ring: createKeyRing([secrets[1], secrets[0]]), alg });
    const without = createSigner({ ring: createKeyRing([secrets[1]]), alg });
    expect(await rotated.open("access", token)).toEqual(claims);
    expect(await without.open("access", token)).toBeNull();
    const newer = await rotated.sign("access", claims);
    expect(newer.slice(0, 90)).not.toBe(token.slice(0, 90));
    expect(await without.open("access", newer)).toEqual(claims);
    expect(await signerOf(alg).open("access", newer)).toBeNull();
  });

  it("does not open with any one character changed, added or left out", async () => {
    const token = await signerOf(alg).sign("access", claims);
    const character = fc.oneof(
      fc.constantFrom(..."ABCabc019-_.=+/ \n\0"),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: token.length - 1 }), character, async (at, other) => {
        fc.pre(token[at] !== other);
        const [before, after] = [token.slice(0, at), token.slice(at + 1)];
        for (const changed of [before + other + after, before + other + token.slice(at), before + after]) {
          expect(await signerOf(alg).open("access", changed)).toBeNull();
        }
      }),
      { numRuns: isHmac(alg) ? 2000 : 300 },
    );
  });

  it("does not open in another spelling of the same bytes", async () => {
    const token = await signerOf(alg).sign("access", claims);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const respell = (segment: string): string[] => {
      const others = [...alphabet].filter((character) => !segment.endsWith(character));
      const sameBytes = others
        .map((character) => segment.slice(0, -1) + character)
        .filter((other) => Buffer.from(other, "base64url").equals(Buffer.from(segment, "base64url")));
      return [
        ...sameBytes,
        `${segment}=`,
        `${segment}==`,
        `${segment} `,
        `${segment}\n`,
        `${segment}\r\n`,
        ` ${segment}`,
        `${segment}\t`,
      ];
    };
    const changed = [
      ...respell(header).map((other) => `${other}.${payload}.${signature}`),
      ...respell(payload).map((other) => `${header}.${other}.${signature}`),
      ...respell(signature).map((other) => `${header}.${payload}.${other}`),
      token.replaceAll("-", "+").replaceAll("_", "/"),
      `${token}.`,
      `.${token}`,
      `${token}.${signature}`,
      `Bearer ${token}`,
      `${header}.${payload}..${signature}`,
      JSON.stringify({ protected: header, payload, signature }),
    ].filter((other) => other !== token);
    expect(changed.length).toBeGreaterThan(25);
    for (const other of changed) expect(await signerOf(alg).open("access", other), other).toBeNull();
  });

  it("does not open without its signature or with parts of another", async () => {
    const token = await signerOf(alg).sign("access", claims);
    const other = await signerOf(alg).sign("access", { ...claims, sub: "eve" });
    const [header = "", payload = "", signature = ""] = token.split(".");
    const swapped = `${header}.${other.split(".")[1]}.${signature}`;
    for (const text of [
      "",
      ".",
      "..",
      header,
      `${header}.`,
      `${header}..`,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}.${signature}`,
      swapped,
    ]) {
      expect(await signerOf(alg).open("access", text), text).toBeNull();
    }
  });

  it("is refused unread when it is huge", async () => {
    const token = await signerOf(alg).sign("access", claims);
    expect(await signerOf(alg).open("access", token + "A".repeat(1_000_000))).toBeNull();
    const large = { ...claims, user: { id: "u", note: "x".repeat(6200) } };
    await expect(async () => signerOf(alg).sign("access", large)).rejects.toMatchObject({
      code: "token_too_large",
    });
    const fitting = { ...claims, user: { id: "u", note: "x".repeat(5200) } };
    expect(await signerOf(alg).open("access", await signerOf(alg).sign("access", fitting))).toEqual(fitting);
  });
});

describe("an HMAC signer", () => {
  it.each(hmacs)("is synchronous and has no public keys: %s", (alg) => {
    const token = signerOf(alg).sign("session", claims);
    expect(token).toBeTypeOf("string");
    expect(signerOf(alg).open("session", token as string)).toEqual(claims);
    expect(signerOf(alg).publicKeys()).toEqual({ keys: [] });
  });

  it("makes the same tokens in every version, and opens the old ones", () => {
    const token = signerOf("HS256").sign("access", { ...claims, user: { id: "user-1" } }) as string;
    expect(token.split(".")[0]).toBe(encode('{"alg":"HS256","typ":"at+jwt","kid":"jt-GI-UH"}'));
    expect(token.split(".")[2]).toBe("rFBvS2Dbhsedmz8mT4-NWn8UmloxqptiCOKBUMBjDBQ");
  });

  it("does not open a token over its size limit though the MAC is right", () => {
    const filler = "x".repeat(5300);
    const open = (payload: unknown): unknown => signerOf("HS256").open("access", withOurKey(ours, payload));
    expect(open({ ...claims, filler })).toEqual({ ...claims, filler });
    expect(open({ ...claims, filler: filler + "x".repeat(500) })).toBeNull();
  });

  it("gives null for a payload of ours that is not JSON", () => {
    for (const payload of ["", "not json", "{", "\u0000", '{"a":1}}']) {
      const text = `${encode(ours)}.${encode(payload)}`;
      expect(signerOf("HS256").open("access", `${text}.${macWithOurKey(text)}`)).toBeNull();
    }
  });

  it("reads a payload that would change prototypes as mere data", () => {
    const opened = signerOf("HS256").open(
      "access",
      withOurKey(ours, '{"__proto__":{"admin":true},"sub":"u"}'),
    );
    expect(Object.getPrototypeOf(opened)).toBe(Object.prototype);
    expect((opened as { admin?: unknown }).admin).toBeUndefined();
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });
});

describe("a header that is not ours byte for byte", () => {
  const open = (token: string): unknown => signerOf("HS256").open("access", token);

  it("is what the refusals below differ in: with ours the token opens", () => {
    expect(open(withOurKey(ours))).toEqual(claims);
  });

  it.each([
    ["alg none", { ...ours, alg: "none" }],
    ["alg None", { ...ours, alg: "None" }],
    ["alg NonE", { ...ours, alg: "NonE" }],
    ["an empty alg", { ...ours, alg: "" }],
    ["no alg", { typ: ours.typ, kid: ours.kid }],
    ["alg hs256", { ...ours, alg: "hs256" }],
    ["alg HS384", { ...ours, alg: "HS384" }],
    ["alg RS256", { ...ours, alg: "RS256" }],
    ["alg EdDSA", { ...ours, alg: "EdDSA" }],
    ["no typ", { alg: ours.alg, kid: ours.kid }],
    ["typ JWT", { ...ours, typ: "JWT" }],
    ["typ AT+JWT", { ...ours, typ: "AT+JWT" }],
    ["typ application/at+jwt", { ...ours, typ: "application/at+jwt" }],
    ["typ session+jwt", { ...ours, typ: "session+jwt" }],
    ["typ logout+jwt", { ...ours, typ: "logout+jwt" }],
    ["typ dpop+jwt", { ...ours, typ: "dpop+jwt" }],
    ["no kid", { alg: ours.alg, typ: ours.typ }],
    ["an empty kid", { ...ours, kid: "" }],
    ["a number for a kid", { ...ours, kid: 0 }],
    ["an array for a kid", { ...ours, kid: [ours.kid] }],
    ["a path for a kid", { ...ours, kid: "../../../../dev/null" }],
    ["SQL for a kid", { ...ours, kid: "x' UNION SELECT 'key" }],
    ["a shell for a kid", { ...ours, kid: "| id" }],
    ["__proto__ for a kid", { ...ours, kid: "__proto__" }],
    ["constructor for a kid", { ...ours, kid: "constructor" }],
    ["a kid of 10 kB", { ...ours, kid: "k".repeat(10_000) }],
    ["our kid and a space", { ...ours, kid: `${ours.kid} ` }],
    ["our kid and a zero byte", { ...ours, kid: `${ours.kid}\u0000` }],
    ["crit", { ...ours, crit: ["exp"], exp: 1 }],
    ["an empty crit", { ...ours, crit: [] }],
    ["b64 false", { ...ours, b64: false, crit: ["b64"] }],
    ["b64 true", { ...ours, b64: true }],
    ["jwk", { ...ours, jwk: { kty: "oct", k: encode("attacker") } }],
    ["jku", { ...ours, jku: "http://127.0.0.1:1/keys" }],
    ["x5u", { ...ours, x5u: "http://127.0.0.1:1/cert" }],
    ["x5c", { ...ours, x5c: ["MIIB"] }],
    ["x5t", { ...ours, x5t: "abc" }],
    ["zip", { ...ours, zip: "DEF" }],
    ["cty", { ...ours, cty: "JWT" }],
    ["another order", { kid: ours.kid, typ: ours.typ, alg: ours.alg }],
    ["white space in the JSON", `{"alg": "HS256","typ":"at+jwt","kid":"${ours.kid}"}`],
    ["a duplicate alg", `{"alg":"none","alg":"HS256","typ":"at+jwt","kid":"${ours.kid}"}`],
    ["an escaped letter", `{"\\u0061lg":"HS256","typ":"at+jwt","kid":"${ours.kid}"}`],
    ["a byte order mark", `\ufeff${JSON.stringify(ours)}`],
    ["null", "null"],
    ["an array", [ours]],
  ])("is refused with %s, though our own key made the MAC", (_, header) => {
    expect(open(withOurKey(header))).toBeNull();
  });

  it("is refused without a MAC as well", () => {
    for (const alg of ["none", "None", "HS256"]) {
      const text = `${encode({ ...ours, alg })}.${encode(claims)}`;
      for (const signature of ["", ".", `.${encode("")}`, ".AA"]) expect(open(text + signature)).toBeNull();
    }
  });

  it("is refused from another library that has the right key", async () => {
    const key = ownKey(ring, ring.activeId, "jwt:HS256:access");
    const sign = (header: { alg: string }): Promise<string> =>
      new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(header).sign(key);
    expect(open(await sign(ours))).toEqual(claims);
    expect(open(await sign({ ...ours, typ: "JWT" } as { alg: string }))).toBeNull();
    expect(open(await sign({ kid: ours.kid, alg: "HS256", typ: "at+jwt" } as { alg: string }))).toBeNull();
    expect(open(await sign({ alg: "HS256" }))).toBeNull();
  });
});

describe.each(["EdDSA", "ES256"] as const)("the public keys of %s", (alg) => {
  it("are those of every secret and kind, and nothing private", async () => {
    const signer = createSigner({ ring: createKeyRing(secrets), alg });
    const { keys } = await signer.publicKeys();
    const shape = alg === "EdDSA" ? ["kty", "crv", "x"] : ["kty", "crv", "x", "y"];
    expect(keys).toHaveLength(4);
    for (const key of keys) {
      expect(Object.keys(key).toSorted()).toEqual([...shape, "kid", "alg", "use"].toSorted());
      expect(key).toMatchObject({ alg, use: "sig" });
      expect(createPublicKey({ key: key as JWK, format: "jwk" }).type).toBe("public");
    }
    expect(new Set(keys.map((key) => (key as { kid: string }).kid)).size).toBe(4);
    expect(new Set(keys.map((key) => (key as { x: string }).x)).size).toBe(4);
  });

  it("are the same on every node that has the secrets, in every version", async () => {
    const { keys } = await createSigner({ ring: createKeyRing([secrets[0]]), alg }).publicKeys();
    expect((keys[0] as { x: string }).x).toBe(
      {
        EdDSA: "0Fwudz-Upi2VSCGf4aNQS6D-pzSS51WCfW-7nA_dgSg",
        ES256: "mflTx9pilvik13PV20oNjKc-mZ0mHYaTvBe1uebQTCU",
      }[alg],
    );
  });

  it("make no MAC that anybody believes", async () => {
    const signer = signerOf(alg);
    const [jwk] = (await jwkSetOf(signer)).keys;
    const publicKey = createPublicKey({ key: jwk as JWK, format: "jwk" });
    const kid = `${ring.activeId}-access`;
    const asKeys = [
      publicKey.export({ type: "spki", format: "pem" }),
      String(publicKey.export({ type: "spki", format: "pem" })).trim(),
      publicKey.export({ type: "spki", format: "der" }),
      JSON.stringify(jwk),
      Buffer.from(String(jwk?.x), "base64url"),
    ];
    for (const key of asKeys) {
      for (const header of [
        { alg: "HS256", typ: "at+jwt", kid },
        { alg, typ: "at+jwt", kid },
      ]) {
        const text = `${encode(header)}.${encode(claims)}`;
        const token = `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
        expect(await signer.open("access", token)).toBeNull();
      }
    }
  });
});

describe.each(["EdDSA", "ES256"] as const)(
  "a header that is not ours, signed with our private key by %s",
  (alg) => {
    const { publicJwk, d } = deriveKeyPair(ring, ring.activeId, alg, "access");
    const own = { alg, typ: "at+jwt", kid: publicJwk.kid };
    const { kty, crv, x } = publicJwk;
    const sign = async (header: { alg: string }, payload: unknown = claims): Promise<string> => {
      const key = await importJWK({ kty, crv, x, ...("y" in publicJwk ? { y: publicJwk.y } : {}), d }, alg);
      const bytes = Buffer.from(JSON.stringify(payload));
      const token = await new CompactSign(bytes).setProtectedHeader(header).sign(key);
      // Of the two signatures that ES256 has, ours is the lower; half of all others' are as well.
      return alg === "ES256" && !hasLowS(Buffer.from(token.split(".")[2] ?? "", "base64url"))
        ? sign(header, payload)
        : token;
    };

    it("is refused, while the very same with our header opens", async () => {
      expect(await signerOf(alg).open("access", await sign(own))).toEqual(claims);
      const headers = [
        { ...own, typ: "JWT" },
        { ...own, typ: "session+jwt" },
        { ...own, kid: ring.activeId },
        { ...own, kid: "../../etc/passwd" },
        { ...own, jwk: { kty, crv, x } },
        { ...own, jku: "http://127.0.0.1:1/keys" },
        { ...own, x5u: "http://127.0.0.1:1/cert" },
        { ...own, x5c: ["MIIB"] },
        { ...own, b64: true, crit: ["b64"] },
        { kid: own.kid, typ: own.typ, alg },
        { alg },
      ];
      for (const header of headers) expect(await signerOf(alg).open("access", await sign(header))).toBeNull();
    });

    it("is refused over the size limit as well", async () => {
      const long = await sign(own, { ...claims, filler: "x".repeat(6000) });
      expect(await signerOf(alg).open("access", long)).toBeNull();
    });
  },
);

describe("an ES256 signature", () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const signatureOf = (token: string): Buffer => Buffer.from(token.split(".")[2] ?? "", "base64url");
  const withSignature = (token: string, signature: Buffer): string =>
    `${token.slice(0, token.lastIndexOf("."))}.${signature.toString("base64url")}`;
  const numberOf = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString("hex")}`);
  const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex");

  it("has the lower s, always, and still verifies elsewhere", async () => {
    const keys = createLocalJWKSet(await jwkSetOf(signerOf("ES256")));
    for (let round = 0; round < 20; round += 1) {
      const token = await signerOf("ES256").sign("access", { ...claims, jti: String(round) });
      expect(numberOf(signatureOf(token).subarray(32)) <= order / 2n).toBe(true);
      await jwtVerify(token, keys, { currentDate: new Date(claims.iat * 1000) });
    }
  });

  it("is refused with the higher s, which would verify elsewhere", async () => {
    const token = await signerOf("ES256").sign("access", claims);
    const signature = signatureOf(token);
    const twin = withSignature(
      token,
      Buffer.concat([signature.subarray(0, 32), bytesOf(order - numberOf(signature.subarray(32)))]),
    );
    await jwtVerify(twin, createLocalJWKSet(await jwkSetOf(signerOf("ES256"))), {
      currentDate: new Date(claims.iat * 1000),
    });
    expect(await signerOf("ES256").open("access", twin)).toBeNull();
  });

  it("is refused with numbers that mean nothing", async () => {
    const token = await signerOf("ES256").sign("access", claims);
    const numbers = [0n, 1n, order, order - 1n, (1n << 256n) - 1n];
    for (const r of numbers) {
      for (const s of numbers) {
        const forged = withSignature(token, Buffer.concat([bytesOf(r), bytesOf(s)]));
        expect(await signerOf("ES256").open("access", forged)).toBeNull();
      }
    }
  });

  it.each([0, 1, 31, 32, 33, 63, 65, 128])("is refused with %i bytes", async (length) => {
    const token = await signerOf("ES256").sign("access", claims);
    expect(await signerOf("ES256").open("access", withSignature(token, Buffer.alloc(length, 1)))).toBeNull();
  });
});

async function jwkSetOf(signer: Signer): Promise<Parameters<typeof createLocalJWKSet>[0]> {
  return (await signer.publicKeys()) as Parameters<typeof createLocalJWKSet>[0];
}

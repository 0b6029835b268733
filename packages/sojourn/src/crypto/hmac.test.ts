import { createHmac as nodeHmac, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HashAlgorithm } from "./algorithms.ts";
import { digest, digestByHandle } from "./digest.ts";
import { createHmac } from "./hmac.ts";

const algorithms: readonly HashAlgorithm[] = ["sha256", "sha384", "sha512"];
const reference = (algorithm: HashAlgorithm, key: Uint8Array, text: string): string =>
  nodeHmac(algorithm, key).update(text, "utf8").digest("base64url");

/** RFC 4231 §4: the cases whose data is text. */
const vectors = [
  {
    name: "case 1, a short key",
    key: Buffer.alloc(20, 0x0b),
    text: "Hi There",
    sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    sha384:
      "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
    sha512:
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
  },
  {
    name: "case 2, a key shorter than the digest",
    key: Buffer.from("Jefe"),
    text: "what do ya want for nothing?",
    sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    sha384:
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    sha512:
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
  },
  {
    name: "case 6, a key longer than a block",
    key: Buffer.alloc(131, 0xaa),
    text: "Test Using Larger Than Block-Size Key - Hash Key First",
    sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    sha384:
      "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
    sha512:
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
  },
  {
    name: "case 7, key and data longer than a block",
    key: Buffer.alloc(131, 0xaa),
    text: "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
    sha256: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    sha384:
      "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
    sha512:
      "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
  },
];

describe("an HMAC", () => {
  for (const vector of vectors) {
    it.each(algorithms)(`is that of RFC 4231 ${vector.name}, %s`, (algorithm) => {
      const mac = createHmac(algorithm, vector.key).mac(vector.text);
      expect(Buffer.from(mac, "base64url").toString("hex")).toBe(vector[algorithm]);
    });
  }

  it.each(algorithms)("is the one that node:crypto makes, for any key and text, %s", (algorithm) => {
    const anyText = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.string({ unit: "binary", maxLength: 200 }),
      // Lone surrogates too: every UTF-16 code unit may come from a header.
      fc
        .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 })
        .map((units) => String.fromCharCode(...units)),
    );
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), anyText, (key, text) => {
        const hmac = createHmac(algorithm, key);
        expect(hmac.mac(text)).toBe(reference(algorithm, key, text));
        expect(hmac.matches(text, reference(algorithm, key, text))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each([4095, 4096, 4097, 8192, 100_000])(
    "holds for a text of %i characters, of one byte and of three",
    (length) => {
      const key = randomBytes(32);
      const hmac = createHmac("sha256", key);
      for (const character of ["a", "\u20ac"]) {
        const text = character.repeat(length);
        expect(hmac.mac(text)).toBe(reference("sha256", key, text));
        // What a long text left behind must not reach into a short one.
        expect(hmac.mac("short")).toBe(reference("sha256", key, "short"));
      }
    },
  );

  it("is not mixed up when two keys are used in turns", () => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    const [first, second] = [createHmac("sha256", one), createHmac("sha256", two)];
    for (const text of ["a", "b".repeat(300), ""]) {
      expect(first.mac(text)).toBe(reference("sha256", one, text));
      expect(second.mac(text)).toBe(reference("sha256", two, text));
      expect(second.matches(text, first.mac(text))).toBe(false);
    }
  });

  it.each(algorithms)("matches its own spelling only, %s", (algorithm) => {
    const hmac = createHmac(algorithm, randomBytes(64));
    const mac = hmac.mac("text");
    const bytes = Buffer.from(mac, "base64url");
    const respelled = [
      `${mac}=`,
      `${mac} `,
      `${mac}\n`,
      mac.slice(0, -1),
      "",
      bytes.toString("hex"),
      bytes.toString("latin1"),
    ];
    for (const other of respelled) expect(hmac.matches("text", other)).toBe(false);
    expect(hmac.matches("text", mac)).toBe(true);
    expect(hmac.matches("text ", mac)).toBe(false);
  });

  it("is not matched by a character whose low byte or last bits are right", () => {
    const hmac = createHmac("sha256", randomBytes(32));
    const mac = hmac.mac("text");
    for (let index = 0; index < mac.length; index += 1) {
      // The right one first: what it leaves in a buffer must not complete the wrong one.
      expect(hmac.matches("text", mac)).toBe(true);
      for (const offset of [0x100, 0x400, 0xff00]) {
        const lookAlike = String.fromCharCode(mac.charCodeAt(index) + offset);
        expect(hmac.matches("text", mac.slice(0, index) + lookAlike + mac.slice(index + 1))).toBe(false);
      }
    }
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(mac.slice(-1));
    for (const bits of [1, 2, 3])
      expect(hmac.matches("text", mac.slice(0, -1) + alphabet[last + bits])).toBe(false);
  });
});

describe("a digest", () => {
  it("is the same by handle where a runtime has no one-shot hash", () => {
    fc.assert(
      fc.property(fc.constantFrom(...algorithms), fc.uint8Array(), (algorithm, data) => {
        for (const encoding of ["base64url", "binary"] as const) {
          expect(digestByHandle(algorithm, data, encoding)).toBe(digest(algorithm, data, encoding));
        }
      }),
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TrustedProxies } from "../domain/trusted-proxies.ts";
import { clientAddressBy } from "./client-address.ts";
import { cloudflareRanges } from "./cloudflare-ranges.ts";

const peer = "10.0.0.1";

/** The address of a request with this X-Forwarded-For. */
function clientAddress(
  from: string | null,
  forwardedFor: string | null,
  trusted: TrustedProxies,
  headers: Readonly<Record<string, string>> = {},
): string | null {
  const all = { ...headers, ...(forwardedFor === null ? {} : { "x-forwarded-for": forwardedFor }) };
  return clientAddressBy(trusted)(from, (name) => (all as Record<string, string>)[name] ?? null);
}

describe("the client's address without trusted proxies (T-25)", () => {
  it.each(["203.0.113.7", "203.0.113.7, 198.51.100.1", "unknown", "", "x".repeat(10_000)])(
    "is the peer's, whatever X-Forwarded-For says: %j",
    (forwarded) => {
      for (const trusted of [0, []]) expect(clientAddress(peer, forwarded, trusted)).toBe(peer);
    },
  );

  it("is null where the host does not tell", () => {
    expect(clientAddress(null, null, 0)).toBe(null);
    expect(clientAddress(null, "203.0.113.7", 0)).toBe(null);
  });
});

/** How a list of hops is read whose last entry counts, and what then is the address. */
const spellings: readonly (readonly [string, string | null])[] = [
  ["203.0.113.7", "203.0.113.7"],
  ["  203.0.113.7  ", "203.0.113.7"],
  ["1.1.1.1, 203.0.113.7", "203.0.113.7"],
  ["1.1.1.1,2.2.2.2,3.3.3.3,203.0.113.7", "203.0.113.7"],
  ["1.1.1.1,\t203.0.113.7", "203.0.113.7"],
  ["1.1.1.1, ", null],
  ["", null],
  ["unknown", null],
  ["_hidden", null],
  ["_SEVKISEK", null],
  ["localhost", null],
  ["203.0.113.7, unknown", null],
  ["203.0.113.7:4711", "203.0.113.7"],
  ["2001:db8::7", "2001:db8::7"],
  ["2001:DB8:0:0:0:0:0:7", "2001:db8::7"],
  ["[2001:db8::7]", "2001:db8::7"],
  ["[2001:db8::7]:443", "2001:db8::7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::ffff:cb00:7107", "203.0.113.7"],
  ["[::ffff:203.0.113.7]:443", "203.0.113.7"],
  ["2001:db8::7, 2001:db8::8", "2001:db8::8"],
  ["256.1.1.1", null],
  ["1.2.3.4.5", null],
  // Spellings of 127.0.0.1 that the C library knows.
  ["2130706433", null],
  ["127.1", null],
  ["0177.0.0.1", null],
  ["0x7f.0.0.1", null],
  ["203.0.113.7/24", null],
  ['"203.0.113.7"', null],
  ["for=203.0.113.7", null],
  ["203.0.113.7;evil", null],
  ["203.0.113.7 evil", null],
  ["<script>alert(1)</script>", null],
  ["203.0.113.7\u0000", null],
  ["[2001:db8::7", null],
  ["[2001:db8::7]:443:443", null],
  ["2001:db8::7::8", null],
];

describe("the client's address behind trusted proxies (T-25)", () => {
  it.each(spellings)(
    "is read from the last entry of %j as %j, by one hop or by the peer's range",
    (forwarded, address) => {
      expect(clientAddress(peer, forwarded, 1)).toBe(address);
      expect(clientAddress(peer, forwarded, ["10.0.0.0/8"])).toBe(address);
    },
  );

  it.each<[number, string | null, string | null]>([
    [2, "203.0.113.7, 198.51.100.1", "203.0.113.7"],
    [2, "1.1.1.1, 203.0.113.7, 198.51.100.1", "203.0.113.7"],
    [2, "2001:db8::7, 2001:db8::8", "2001:db8::7"],
    [3, "203.0.113.7, 198.51.100.1, 198.51.100.2", "203.0.113.7"],
    // Fewer entries than proxies: one of them was gone around, so nobody vouches for the entry.
    [2, "203.0.113.7", peer],
    [3, "203.0.113.7, 198.51.100.1", peer],
    [1, null, peer],
    [2, null, peer],
  ])("%d of them, with %j, is %j", (proxies, forwarded, address) => {
    expect(clientAddress(peer, forwarded, proxies)).toBe(address);
  });

  it("is what our own proxy wrote, however much a client puts before it", () => {
    const forged = fc.string({ unit: fc.constantFrom(..."0123456789.:abcdef, []x\t"), maxLength: 60 });
    const ours = ["loopback", "private", "198.51.100.0/24"];
    fc.assert(
      fc.property(fc.array(forged, { maxLength: 400 }), fc.ipV4(), (entries, address) => {
        expect(clientAddress(peer, [...entries, address].join(","), 1)).toBe(address);
        const throughTwo = [...entries, address, "198.51.100.1"].join(", ");
        expect(clientAddress(peer, throughTwo, 2)).toBe(address);
        fc.pre(!/^(?:10|127|172|192|198)\./.test(address));
        expect(clientAddress(peer, throughTwo, ours)).toBe(address);
      }),
      { numRuns: 300 },
    );
  });

  it("is not hidden behind 10 kB of made-up entries", () => {
    for (const filler of ["1.1.1.1, ", "10.0.0.2, ", ",", " ", "x", ", "]) {
      const header = `${filler.repeat(Math.ceil(10_000 / filler.length))},203.0.113.7, 198.51.100.1`;
      expect(clientAddress(peer, header, 2)).toBe("203.0.113.7");
      expect(clientAddress(peer, header, ["private", "198.51.100.1"])).toBe("203.0.113.7");
    }
  });

  it("is no half of an entry, where so much stands before it that its beginning is not looked at", () => {
    // Cut after 2048 characters, an entry of twelve would lose its first and become another address.
    const header = `10.23.45.67,${" ".repeat(2037)}10.0.0.9`;
    expect(clientAddress(peer, header, ["private"])).toBe("10.0.0.9");
  });
});

describe("the client's address behind proxies of known addresses (T-25)", () => {
  it.each<[string | null, string | null, readonly string[], string | null]>([
    // Who is not trusted says nothing of anybody else.
    ["203.0.113.7", "1.1.1.1", ["10.0.0.0/8"], "203.0.113.7"],
    ["203.0.113.7", "1.1.1.1, 10.0.0.1", ["10.0.0.0/8"], "203.0.113.7"],
    ["2001:db8::7", "1.1.1.1", ["10.0.0.0/8", "fd00::/8"], "2001:db8::7"],
    // A chain of ours, as long as it likes to be.
    [peer, "1.1.1.1, 203.0.113.7, 10.0.0.9", ["10.0.0.0/8"], "203.0.113.7"],
    [peer, "1.1.1.1, 203.0.113.7, 10.0.0.9, 10.0.0.8, 10.0.0.7", ["10.0.0.0/8"], "203.0.113.7"],
    // The first that is not ours ends it, also where one of ours stands left of it.
    [peer, "10.0.0.9, 203.0.113.7", ["10.0.0.0/8"], "203.0.113.7"],
    // All of them ours: somebody inside.
    [peer, "10.0.0.9, 10.0.0.8", ["10.0.0.0/8"], "10.0.0.9"],
    [peer, null, ["10.0.0.0/8"], peer],
    ["127.0.0.1", "203.0.113.7", ["loopback"], "203.0.113.7"],
    ["::1", "203.0.113.7", ["loopback"], "203.0.113.7"],
    ["::ffff:127.0.0.1", "203.0.113.7", ["loopback"], "203.0.113.7"],
    ["127.0.0.1", "203.0.113.7", ["private"], "127.0.0.1"],
    ["172.31.255.255", "203.0.113.7", ["private"], "203.0.113.7"],
    ["172.32.0.0", "203.0.113.7", ["private"], "172.32.0.0"],
    ["192.168.1.1", "2001:db8::7", ["private"], "2001:db8::7"],
    ["fd12::1", "203.0.113.7", ["private"], "203.0.113.7"],
    ["198.51.100.1", "203.0.113.7", ["198.51.100.1"], "203.0.113.7"],
    ["198.51.100.2", "203.0.113.7", ["198.51.100.1"], "198.51.100.2"],
    ["2001:db8::1", "203.0.113.7", ["2001:db8::/64"], "203.0.113.7"],
    ["2001:db8:0:1::1", "203.0.113.7", ["2001:db8::/64"], "2001:db8:0:1::1"],
    // What one of ours could not tell is not known.
    [peer, "203.0.113.7, unknown", ["10.0.0.0/8"], null],
    [peer, "203.0.113.7, unknown, 10.0.0.9", ["10.0.0.0/8"], null],
    // The host does not tell who is there: nobody's word counts.
    [null, "203.0.113.7", ["10.0.0.0/8"], null],
    [null, "203.0.113.7", ["cloudflare"], null],
    ["/var/run/app.sock", "203.0.113.7", ["loopback"], null],
  ])("from %j with %j, where %j are trusted, is %j", (from, forwarded, trusted, address) => {
    expect(clientAddress(from, forwarded, trusted)).toBe(address);
  });

  it("is read from no other header than the proxies we know write", () => {
    const others = {
      forwarded: "for=1.1.1.1",
      "x-real-ip": "1.1.1.1",
      "x-client-ip": "1.1.1.1",
      "true-client-ip": "1.1.1.1",
      "cf-connecting-ip": "1.1.1.1",
      "fly-client-ip": "1.1.1.1",
    };
    for (const trusted of [0, 1, ["private"]])
      expect(clientAddress(peer, "203.0.113.7", trusted, others)).toBe(trusted === 0 ? peer : "203.0.113.7");
  });
});

describe("the client's address behind Cloudflare (T-25)", () => {
  const edge = "172.64.0.1";
  const visitor = { "cf-connecting-ip": "203.0.113.7" };

  it("is the one that Cloudflare names, whatever else is told", () => {
    expect(clientAddress(edge, "1.1.1.1, 2.2.2.2", ["cloudflare"], visitor)).toBe("203.0.113.7");
    expect(clientAddress("2606:4700::1", null, ["cloudflare"], visitor)).toBe("203.0.113.7");
    expect(clientAddress(edge, null, ["cloudflare"], { "cf-connecting-ip": "2001:db8::7" })).toBe(
      "2001:db8::7",
    );
  });

  it("is the peer's where that is not Cloudflare: anybody can write its header", () => {
    expect(clientAddress("198.51.100.9", null, ["cloudflare"], visitor)).toBe("198.51.100.9");
    expect(clientAddress("198.51.100.9", edge, ["cloudflare"], visitor)).toBe("198.51.100.9");
  });

  it("passes a proxy of ours that stands between, which tells whether it was Cloudflare", () => {
    const trusted = ["loopback", "cloudflare"];
    expect(clientAddress("127.0.0.1", `1.1.1.1, ${edge}`, trusted, visitor)).toBe("203.0.113.7");
    expect(clientAddress("127.0.0.1", `${edge}, 198.51.100.9`, trusted, visitor)).toBe("198.51.100.9");
  });

  it("is not known where Cloudflare does not tell, or tells two", () => {
    expect(clientAddress(edge, "1.1.1.1", ["cloudflare"])).toBe(null);
    expect(clientAddress(edge, null, ["cloudflare"], { "cf-connecting-ip": "1.1.1.1, 2.2.2.2" })).toBe(null);
  });

  it("knows ranges that are ranges", () => {
    for (const range of cloudflareRanges) {
      const [first = ""] = range.split("/");
      expect(clientAddress(first, null, ["cloudflare"], visitor), range).toBe("203.0.113.7");
    }
  });
});

describe("the peer's address", () => {
  it.each([
    ["::ffff:127.0.0.1", "127.0.0.1"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1%eth0"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["/var/run/app.sock", null],
    ["", null],
  ])("%j is written %j", (address, expected) => {
    for (const trusted of [0, ["10.0.0.0/8"]]) expect(clientAddress(address, null, trusted)).toBe(expected);
  });
});

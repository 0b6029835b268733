import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientAddress } from "./client-address.ts";

const peer = "10.0.0.1";

describe("the client's address without trusted proxies", () => {
  it.each(["203.0.113.7", "203.0.113.7, 198.51.100.1", "unknown", "", "x".repeat(10_000)])(
    "is the peer's, whatever X-Forwarded-For says: %j",
    (forwarded) => {
      expect(clientAddress(peer, forwarded, 0)).toBe(peer);
    },
  );

  it("is null where the host does not tell", () => {
    expect(clientAddress(null, null, 0)).toBe(null);
    expect(clientAddress(null, "203.0.113.7", 0)).toBe(null);
  });
});

describe("the client's address behind trusted proxies", () => {
  it.each<[number, string | null, string | null]>([
    [1, "203.0.113.7", "203.0.113.7"],
    [1, "1.1.1.1, 203.0.113.7", "203.0.113.7"],
    [1, "1.1.1.1,2.2.2.2,3.3.3.3,203.0.113.7", "203.0.113.7"],
    [2, "203.0.113.7, 198.51.100.1", "203.0.113.7"],
    [2, "1.1.1.1, 203.0.113.7, 198.51.100.1", "203.0.113.7"],
    [3, "203.0.113.7, 198.51.100.1, 198.51.100.2", "203.0.113.7"],
    // Fewer entries than proxies: one of them was gone around, so nobody vouches for the entry.
    [2, "203.0.113.7", peer],
    [3, "203.0.113.7, 198.51.100.1", peer],
    [1, null, peer],
    [1, "  203.0.113.7  ", "203.0.113.7"],
    [1, "1.1.1.1,\t203.0.113.7", "203.0.113.7"],
    [1, "1.1.1.1, ", null],
    [1, "", null],
    [1, "unknown", null],
    [1, "_hidden", null],
    [1, "localhost", null],
    [1, "203.0.113.7, unknown", null],
    [1, "203.0.113.7:4711", "203.0.113.7"],
    [1, "2001:db8::7", "2001:db8::7"],
    [1, "2001:DB8:0:0:0:0:0:7", "2001:db8::7"],
    [1, "[2001:db8::7]", "2001:db8::7"],
    [1, "[2001:db8::7]:443", "2001:db8::7"],
    [1, "::ffff:203.0.113.7", "203.0.113.7"],
    [1, "[::ffff:203.0.113.7]:443", "203.0.113.7"],
    [1, "2001:db8::7, 2001:db8::8", "2001:db8::8"],
    [2, "2001:db8::7, 2001:db8::8", "2001:db8::7"],
    [1, "256.1.1.1", null],
    [1, "1.2.3.4.5", null],
    [1, "203.0.113.7/24", null],
    [1, '"203.0.113.7"', null],
    [1, "203.0.113.7;evil", null],
    [1, "203.0.113.7 evil", null],
    [1, "<script>alert(1)</script>", null],
    [1, "203.0.113.7\u0000", null],
    [1, "[2001:db8::7", null],
    [1, "[2001:db8::7]:443:443", null],
    [1, "2001:db8::7::8", null],
  ])("%d of them, with %j, is %j", (proxies, forwarded, address) => {
    expect(clientAddress(peer, forwarded, proxies)).toBe(address);
  });

  it("is what our own proxy wrote, however much a client puts before it", () => {
    const forged = fc.string({ unit: fc.constantFrom(..."0123456789.:abcdef, []x\t"), maxLength: 60 });
    fc.assert(
      fc.property(fc.array(forged, { maxLength: 400 }), fc.ipV4(), (entries, address) => {
        expect(clientAddress(peer, [...entries, address].join(","), 1)).toBe(address);
        expect(clientAddress(peer, [...entries, address, "198.51.100.1"].join(", "), 2)).toBe(address);
      }),
      { numRuns: 300 },
    );
  });

  it("is not hidden behind 10 kB of made-up entries", () => {
    for (const filler of ["1.1.1.1, ", ",", " ", "x", ", "]) {
      const header = `${filler.repeat(Math.ceil(10_000 / filler.length))},203.0.113.7, 198.51.100.1`;
      expect(clientAddress(peer, header, 2)).toBe("203.0.113.7");
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
    expect(clientAddress(address, null, 0)).toBe(expected);
  });
});

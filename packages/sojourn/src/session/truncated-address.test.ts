import { describe, expect, it } from "vitest";
import { networkPrefix, truncatedAddress } from "./truncated-address.ts";

describe("an address without its last part", () => {
  it.each([
    ["203.0.113.77", "203.0.113.0"],
    ["203.0.113.0", "203.0.113.0"],
    ["::ffff:203.0.113.77", "203.0.113.0"],
    ["2001:db8:1234:5678:9abc:def0:1234:5678", "2001:db8:1234::"],
    ["2001:db8:1234::", "2001:db8:1234::"],
    ["fe80::1%eth0", "fe80::"],
    ["::1", "::"],
    // An IPv4 address stands in it: 203.0.113.77 is cb00:714d.
    ["2002:cb00:714d:1::1", "2002:cb00:7100::"],
    ["64:ff9b::203.0.113.77", "64:ff9b::"],
  ])("of %s is %s", (address, truncated) => {
    expect(truncatedAddress(address)).toBe(truncated);
  });

  it.each(["", "unknown", "203.0.113", "0x7f.1", "203.0.113.77:80", "2001:db8::1::2", "<script>"])(
    "does not exist where there is none: %j",
    (text) => {
      expect(truncatedAddress(text)).toBeNull();
    },
  );
});

describe("a network", () => {
  it("is told apart by the first bits alone", () => {
    const bits = { ipv4: 12, ipv6: 44 };
    expect(networkPrefix("10.31.255.1", bits)).toBe("10.16.0.0");
    expect(networkPrefix("2001:db8:12ff::1", bits)).toBe("2001:db8:12f0::");
  });
});

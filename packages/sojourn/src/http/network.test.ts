import { describe, expect, it } from "vitest";
import { networkOf } from "./network.ts";

describe("the network by which attempts are counted", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["2001:db8:1:2:3:4:5:6", "20010db800010002/64"],
    ["2001:db8:1:2:ffff::1", "20010db800010002/64"],
    ["2001:db8:1:3::1", "20010db800010003/64"],
    // Everybody with IPv4 would be one network, as they come through such a translator.
    ["64:ff9b::cb00:7107", "64:ff9b::cb00:7107"],
    ["64:ff9b::cb00:7108", "64:ff9b::cb00:7108"],
  ])("of %s is %s", (address, network) => {
    expect(networkOf(address, false)).toBe(network);
    expect(networkOf(address, true)).toBe(network);
  });

  it.each(["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "", "unknown", "127.1"])(
    "is none of %j, which tells nobody apart",
    (address) => {
      expect(networkOf(address, true)).toBe(null);
    },
  );

  it.each([
    ["10.1.2.3", "10.1.2.3"],
    ["192.168.0.9", "192.168.0.9"],
    ["172.16.0.1", "172.16.0.1"],
    ["100.64.0.1", "100.64.0.1"],
    ["169.254.1.1", "169.254.1.1"],
    ["fd12:3456::1", "fd12345600000000/64"],
    ["fe80::1%eth0", "fe80000000000000/64"],
  ])("of %s, inside, is one only where the proxies are known", (address, network) => {
    expect(networkOf(address, true)).toBe(network);
    expect(networkOf(address, false)).toBe(null);
  });
});

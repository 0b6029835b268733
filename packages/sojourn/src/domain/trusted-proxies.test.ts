import { describe, expect, it } from "vitest";
import { checkTrustedProxies, type TrustedProxies } from "./trusted-proxies.ts";

describe("the trusted proxies", () => {
  it.each<[TrustedProxies]>([
    [0],
    [3],
    [[]],
    [["loopback", "private", "cloudflare"]],
    [["10.0.0.0/8", "192.0.2.1", "255.255.255.255/32", "0.0.0.0/1"]],
    [["2001:db8::/32", "::1", "::ffff:10.0.0.1/128", "2001:DB8::1"]],
  ])("may be %j", (trusted) => {
    expect(() => checkTrustedProxies(trusted)).not.toThrow();
  });

  it.each<[unknown, string]>([
    [-1, "how many proxies"],
    [1.5, "how many proxies"],
    [true, "how many proxies"],
    ["loopback", "how many proxies"],
    [["nginx"], '"nginx"'],
    [[""], '""'],
    [[1], "1 is neither"],
    [["10.0.0.0/33"], "10.0.0.0/33"],
    [["10.0.0.0/"], "10.0.0.0/"],
    [["10.0.0/8"], "10.0.0/8"],
    [["010.0.0.1"], "010.0.0.1"],
    [["256.0.0.1"], "256.0.0.1"],
    [["10.0.0.1."], "10.0.0.1."],
    [["10.0.0.0/8/8"], "10.0.0.0/8/8"],
    [["2001:db8::/129"], "2001:db8::/129"],
    [["2001:db8:::1"], "2001:db8:::1"],
    [["fe80::1%eth0"], "fe80::1%eth0"],
    [["[::1]"], "[::1]"],
    [["10.0.0.1:80"], "10.0.0.1:80"],
    [["0.0.0.0/0"], "everybody"],
    [["::/0"], "everybody"],
    [["::/000"], "everybody"],
  ])("cannot be %j", (trusted, told) => {
    expect(() => checkTrustedProxies(trusted as TrustedProxies)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining(told) as string }),
    );
  });
});

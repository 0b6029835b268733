import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.process>;

/** Where nobody from outside can come from: the machine itself, or nowhere. */
const nowhere: ReadonlySet<string> = new Set(["loopback", "unspecified", "broadcast", "multicast"]);
/** Where the people of a house come from, or its proxy. */
const inside: ReadonlySet<string> = new Set(["private", "uniqueLocal", "linkLocal", "carrierGradeNat"]);

/** Reads an address as sockets and proxies write it, in brackets and with a port too; null for anything else. */
export function parseAddress(text: string): Address | null {
  const bare = text.replace(/^\[([^\]]+)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  // The library also knows the spellings of old, such as 0x7f.1, and no proxy writes those.
  const valid = bare.includes(":") ? ipaddr.IPv6.isValid(bare) : ipaddr.IPv4.isValidFourPartDecimal(bare);
  return valid ? ipaddr.process(bare) : null;
}

/**
 * The network by which attempts from an address are counted: of IPv4 the address, of IPv6 the /64, since
 * everybody has at least that many to choose from.
 *
 * @param proxiesKnown whether the app has said which proxies it has. If not, an inside address may as well be that of a
 * proxy with everybody behind it, and counting by it would lock out all for the guesses of one.
 * @returns null for an address that tells nobody apart.
 */
export function networkOf(address: string, proxiesKnown: boolean): string | null {
  const parsed = parseAddress(address.replace(/%.*$/, ""));
  if (parsed === null) return null;
  const range: string = parsed.range();
  if (nowhere.has(range) || (inside.has(range) && !proxiesKnown)) return null;
  // All of translated IPv4 lies in one /64 (RFC 6052 §2.1).
  if (parsed.kind() === "ipv4" || range === "rfc6052") return parsed.toString();
  const prefix = parsed.toByteArray().slice(0, 8);
  return `${prefix.map((byte) => byte.toString(16).padStart(2, "0")).join("")}/64`;
}

import ipaddr from "ipaddr.js";

/** How much of X-Forwarded-For is looked at, from its end: what our proxies wrote, however much stands before it. */
const longestHeader = 2048;

/**
 * The client's address. Headers are believed only as far as our own proxies wrote them: with `n`
 * trusted proxies, the n-th entry from the right is the one that the outermost of them saw. What
 * stands left of it anybody may have made up.
 *
 * @param peer the address of the socket; null if the host does not tell.
 * @returns the address in its shortest form (IPv4-mapped IPv6 as IPv4); null if there is none to believe.
 */
export function clientAddress(
  peer: string | null,
  forwardedFor: string | null,
  trustedProxies: number,
): string | null {
  if (trustedProxies === 0 || forwardedFor === null) return normalize(peer);
  const hops = forwardedFor
    .slice(-longestHeader)
    .split(",")
    .map((hop) => hop.trim());
  const hop = hops.at(-trustedProxies);
  return hop === undefined ? normalize(peer) : normalize(hop);
}

function normalize(address: string | null): string | null {
  if (address === null) return null;
  const bare = address.replace(/^\[([^\]]+)\](:\d+)?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, "$1");
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : null;
}

import ipaddr from "ipaddr.js";
import { isProxyPreset, type ProxyPreset, type TrustedProxies } from "../domain/trusted-proxies.ts";
import { cloudflareRanges } from "./cloudflare-ranges.ts";
import { parseAddress } from "./network.ts";

/** How much of X-Forwarded-For is looked at, from its end: what our proxies wrote, however much stands before it. */
const longestHeader = 2048;

/**
 * Finds the client's address.
 *
 * @param peer the address of the socket; null if the host does not tell.
 * @param header reads a header; its name is in lower case.
 * @returns the address in its shortest form (IPv4-mapped IPv6 as IPv4); null if there is none to believe.
 */
export type ClientAddress = (peer: string | null, header: (name: string) => string | null) => string | null;

/** How a deployment's client addresses are found. */
export function clientAddressBy(trusted: TrustedProxies): ClientAddress {
  return typeof trusted === "number" ? byHops(trusted) : byRanges(trusted);
}

/**
 * Headers are believed only as far as our own proxies wrote them: with `n` trusted proxies, the n-th entry from the
 * right is the one that the outermost of them saw. What stands left of it anybody may have made up.
 */
function byHops(proxies: number): ClientAddress {
  return (peer, header) => {
    const hop = proxies === 0 ? undefined : lastHops(header("x-forwarded-for")).at(-proxies);
    return normalize(hop ?? peer);
  };
}

/**
 * Each address is judged by who told of it: first the socket's, then, while it is a trusted proxy's, the
 * one that this proxy saw. The first that is not trusted is the client's.
 */
function byRanges(trusted: readonly string[]): ClientAddress {
  const isTrusted = matcher(trusted.flatMap((entry) => (isProxyPreset(entry) ? presets[entry] : [entry])));
  const isCloudflare = matcher(trusted.includes("cloudflare") ? cloudflareRanges : []);
  return (peer, header) => {
    const hops = lastHops(header("x-forwarded-for"));
    for (let hop: string | null | undefined = peer; ; hop = hops.pop()) {
      const address = parseAddress(hop ?? "");
      if (address === null) return null;
      if (isCloudflare(address)) return normalize(header("cf-connecting-ip"));
      if (!isTrusted(address) || hops.length === 0) return address.toString();
    }
  };
}

const presets: Readonly<Record<ProxyPreset, readonly string[]>> = {
  loopback: ["127.0.0.0/8", "::1/128"],
  private: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
  cloudflare: cloudflareRanges,
};

type Address = NonNullable<ReturnType<typeof parseAddress>>;

function matcher(ranges: readonly string[]): (address: Address) => boolean {
  const parsed = ranges.map((range): [Address, number] => {
    const [text = "", bits] = range.split("/");
    const address = ipaddr.parse(text);
    return [address, bits === undefined ? address.toByteArray().length * 8 : Number(bits)];
  });
  return (address) => parsed.some((range) => range[0].kind() === address.kind() && address.match(range));
}

/** The entries that stand whole in the end of the header. */
function lastHops(forwardedFor: string | null): string[] {
  if (forwardedFor === null) return [];
  const hops = forwardedFor.slice(-longestHeader).split(",");
  return (forwardedFor.length > longestHeader ? hops.slice(1) : hops).map((hop) => hop.trim());
}

function normalize(address: string | null): string | null {
  return parseAddress(address ?? "")?.toString() ?? null;
}

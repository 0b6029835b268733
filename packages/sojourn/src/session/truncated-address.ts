import ipaddr from "ipaddr.js";

/** How many bits of an address are kept: what analytics tools have settled on when they mask addresses. */
const keptBits: { readonly ipv4: number; readonly ipv6: number } = { ipv4: 24, ipv6: 48 };

/** 2002::/16 carries an IPv4 address in the 32 bits behind it (RFC 3056 §2), of which no more is kept than of any other. */
const sixToFourBits = 16 + keptBits.ipv4;

/**
 * An address without its last part: what is left stands for a street, not for a house.
 *
 * @returns null for what is no address.
 */
export function truncatedAddress(text: string): string | null {
  return networkPrefix(text, keptBits);
}

/** The first bits of an address, the others 0; null for what is no address. */
export function networkPrefix(
  text: string,
  bits: { readonly ipv4: number; readonly ipv6: number },
): string | null {
  const bare = text.replace(/%.*$/, "");
  if (!(bare.includes(":") ? ipaddr.IPv6.isValid(bare) : ipaddr.IPv4.isValidFourPartDecimal(bare)))
    return null;
  // IPv4 in the clothes of IPv6 is IPv4 (RFC 4291 §2.5.5.2).
  const address = ipaddr.process(bare);
  const kept =
    address.kind() === "ipv4"
      ? bits.ipv4
      : address.range() === "6to4"
        ? Math.min(bits.ipv6, sixToFourBits)
        : bits.ipv6;
  const bytes = address.toByteArray().map((byte, i) => byte & maskOf(kept - i * 8));
  return ipaddr.fromByteArray(bytes).toString();
}

/** The mask of one byte of which so many bits are kept. */
function maskOf(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

import type { ClientDigest } from "../crypto/client-digest.ts";
import type { ClientTraits } from "../domain/anomaly.ts";
import { parseDevice } from "./agent-parser.ts";
import type { Sighting } from "./session-clients.ts";
import { networkPrefix } from "./truncated-address.ts";

/**
 * How much of an address makes a network. An IPv4 /16 is about what one provider serves one region with: inside it
 * addresses are handed out anew with each connection. An IPv6 /48 is what a site is given (RFC 6177 §2).
 */
const networkBits = { ipv4: 16, ipv6: 48 };

/** Digests of the browser and system, and of the network, that a request came from; null for what is not known. */
export function traitsOf(
  { ip, userAgent }: Sighting,
  digest: ClientDigest,
  keyId: string,
): Pick<ClientTraits, "agent" | "network"> {
  const prefix = ip === null || ip === undefined ? null : networkPrefix(ip, networkBits);
  // Whoever sends none at all is somebody else than a browser that does.
  const agent = userAgent === undefined ? null : parseDevice(userAgent).name;
  return {
    agent: agent === null ? null : digest.of(`agent ${agent}`, keyId),
    network: prefix === null ? null : digest.of(`network ${prefix}`, keyId),
  };
}

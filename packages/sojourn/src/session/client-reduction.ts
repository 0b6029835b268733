import type { ClientDigest } from "../crypto/client-digest.ts";
export { clientDigest } from "../crypto/client-digest.ts";
import type { Device } from "../domain/device.ts";
import type { PrivacyRules } from "../domain/privacy.ts";
import type { RequestContext, ToldContext } from "../domain/request-context.ts";
import { parseDevice } from "./agent-parser.ts";
import { readAgent, writeAgent } from "./kept-agent.ts";
import { truncatedAddress } from "./truncated-address.ts";

/** Takes away from addresses and user agents what the app does not want kept. Loads where there is something to take. */
export class ClientReduction {
  readonly #rules: PrivacyRules;
  readonly #digest: ClientDigest;

  constructor({ ip = "full", userAgent = "full" }: Partial<PrivacyRules>, digest: ClientDigest) {
    this.#rules = { ip, userAgent };
    this.#digest = digest;
  }

  /** What goes into the store. What was reduced before is reduced further, if need be. */
  kept({ ip, userAgent }: RequestContext): RequestContext {
    return { ip: this.#address(ip), userAgent: this.#keptAgent(userAgent) };
  }

  /** What is shown, logged, and put into events: of the user agent the name of the device. */
  told({ ip, userAgent }: RequestContext): ToldContext {
    const isPlain = this.#rules.userAgent === "full" && readAgent(userAgent) === null;
    const device = isPlain ? null : this.#toldDevice(userAgent);
    return {
      ip: this.#address(ip),
      userAgent: isPlain ? userAgent : (device?.name ?? null),
      ...(device === null ? {} : { device }),
    };
  }

  /** Whether a request has the user agent that a session is kept with. @param presented as it was sent. */
  sameAgent(kept: string | null, presented: string | null): boolean {
    const reduced = readAgent(kept);
    if (reduced === null || kept === presented) return kept === presented;
    if (presented === null) return false;
    const [keyId = "", digest] = reduced.tag.split(".");
    const now = this.#digest.of(presented, keyId);
    // A key that is gone can tell nothing, and what nobody can tell must not look like theft.
    return now === null || now === digest;
  }

  #address(ip: string | null): string | null {
    switch (this.#rules.ip) {
      case "full":
        return ip;
      case "truncated":
        return ip === null ? null : truncatedAddress(ip);
      case "none":
        return null;
    }
  }

  #keptAgent(userAgent: string | null): string | null {
    const { userAgent: rule } = this.#rules;
    if (userAgent === null || rule === "full") return userAgent;
    const known = readAgent(userAgent);
    const tag = known?.tag ?? this.#tag(userAgent);
    const device = rule === "none" ? null : known === null ? parseDevice(userAgent) : known.device;
    return writeAgent({ tag, device });
  }

  #toldDevice(userAgent: string | null): Device | null {
    if (userAgent === null || this.#rules.userAgent === "none") return null;
    const known = readAgent(userAgent);
    return known === null ? parseDevice(userAgent) : known.device;
  }

  #tag(userAgent: string): string {
    const { activeId } = this.#digest;
    return `${activeId}.${this.#digest.of(userAgent, activeId)}`;
  }
}

import type { TrustedProxies } from "../domain/trusted-proxies.ts";
import type { EventLog } from "../session/event-log.ts";

/**
 * Tells the operator once that requests come through a proxy nobody has spoken of: its address then stands for
 * everybody behind it, in the list of sessions and in what is counted by network. A client can write the
 * header too, so nothing is made of it but a word in the log.
 */
export function proxyHint(trusted: TrustedProxies, events: EventLog): (request: Request) => void {
  let told = !(trusted === 0 || (Array.isArray(trusted) && trusted.length === 0));
  return (request) => {
    if (told || request.headers.get("x-forwarded-for") === null) return;
    told = true;
    events.warn(
      { header: "X-Forwarded-For" },
      "sojourn: requests seem to come through a proxy, whose address counts as their client's: set trustedProxies",
    );
  };
}

import type { Auth } from "./auth.ts";
import type { Composition } from "./composition.ts";
import { type Duration, durationToMs } from "./domain/duration.ts";
import type { MaybePromise } from "./domain/maybe-promise.ts";
import type { SessionPolicy } from "./domain/policy.ts";
import type { ClientAddress } from "./http/client-address.ts";
import { isSafe, opensSocket } from "./http/guard.ts";
import { headerReader, requestHeaders } from "./http/request-headers.ts";
import { visit } from "./http/visit.ts";
import { requiredOf } from "./requirements.ts";

/** The verbs by which adapters read and guard requests. */
export type RequestVerbs = Pick<Auth, "basePath" | "origin" | "visit" | "protect" | "clientAddress">;

/** Whether an answer has to come from the store, because it may only be so old. */
export function asksStore(maxAge: Duration | undefined, policy: SessionPolicy): boolean {
  return maxAge !== undefined && durationToMs(maxAge, "maxAge") < policy.maxRevocationLag;
}

/** @param guard refuses what other sites make a browser send. */
export function requestVerbs(parts: Composition, guard: Pick<Auth, "checkCsrf">): RequestVerbs {
  const read: Auth["visit"] = (request, options = {}) => {
    const headers = requestHeaders(request, options.ip ?? null);
    const { maxAge, passive = headers.passive, renew = true } = options;
    return visit(parts, { ...headers, passive }, { authoritative: asksStore(maxAge, parts.policy), renew });
  };
  return {
    basePath: parts.basePath,
    origin: parts.guard.origin,
    visit: read,
    clientAddress: clientAddressOf(parts),
    async protect(request, options = {}) {
      const { csrf = true, csrfToken: token = null, ip = null } = options;
      let cookies: readonly string[] = [];
      try {
        await parts.ready();
        const acts = !isSafe(request.method ?? "POST") || opensSocket(headerReader(request));
        if (csrf && acts) await guard.checkCsrf(request, { token, ip });
        const visited = await (options.visit === undefined ? read(request, options) : options.visit());
        cookies = visited.cookies;
        return { admitted: true, ...requiredOf(visited.state, request, options, parts), cookies };
      } catch (error) {
        // What refuses loads when somebody is refused.
        const { refuse } = await import("./http/admission.ts");
        const page = { signIn: parts.redirects.signIn, origin: parts.guard.origin };
        return { admitted: false, response: refuse(error, request, page, cookies, options.page) };
      }
    },
  };
}

/** What looks behind proxies loads with the first address that is asked for. */
function clientAddressOf({ trustedProxies }: Composition): Auth["clientAddress"] {
  if (trustedProxies === 0) return (_request, peer) => (peer === null ? null : withoutMapping(peer));
  let loaded: MaybePromise<ClientAddress> | null = null;
  return (request, peer) => {
    loaded ??= import("./http/client-address.ts").then(
      ({ clientAddressBy }) => (loaded = clientAddressBy(trustedProxies)),
    );
    const header = headerReader(request);
    return loaded instanceof Promise ? loaded.then((find) => find(peer, header)) : loaded(peer, header);
  };
}

/** A socket that listens to both families tells IPv4 addresses as IPv6 (RFC 4291 §2.5.5.2). */
function withoutMapping(address: string): string {
  return /^::ffff:\d+\./i.test(address) ? address.slice("::ffff:".length) : address;
}

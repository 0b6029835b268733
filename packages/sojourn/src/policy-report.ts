import { auditRetention } from "./audit-options.ts";
import { type AuthOptions, parseBaseURL } from "./auth-options.ts";
import { watchesAnomalies } from "./client-options.ts";
import type { Composition } from "./composition.ts";
import { resolveCookies } from "./cookies/cookie-options.ts";
import { cookieSection } from "./cookies/policy-section.ts";
import { networkQuiet } from "./domain/anomaly.ts";
import { keySection } from "./domain/key-policy.ts";
import { durationText } from "./domain/duration-text.ts";
import {
  type PolicyReport,
  type PolicyRow,
  type PolicySection,
  timeRow,
  valueRow,
} from "./domain/policy/report.ts";
import {
  dataSection,
  lifetimeSection,
  limitSection,
  proofSection,
  rateLimitSection,
} from "./domain/policy/sections.ts";
import { placeTimeout } from "./domain/place.ts";
import type { SessionPolicy } from "./domain/policy.ts";
import type { Strategy } from "./strategies/verification.ts";

/** What is in force, part by part. A part that has settings to tell adds its section here. */
export function policyReport(options: AuthOptions, parts: Composition): PolicyReport {
  const { policy, login, rateLimits } = parts;
  const { title, rows } = lifetimeSection(policy);
  return {
    sections: [
      { title, rows: [...rows, ...callbackRows(options)] },
      limitSection(policy),
      dataSection(),
      proofSection(policy),
      credentialSection(parts),
      keySection(parts.keyGate?.policy ?? null),
      cookieSection(resolveCookies(options.cookie ?? {}, parseBaseURL(options.baseURL))),
      originSection(options, parts),
      clientSection(options),
      ...auditSection(options),
      ...(rateLimits === null ? [] : [rateLimitSection(rateLimits)]),
      ...login.flatMap((method) => ("policy" in method ? method.policy : [])),
    ],
  };
}

/** How sessions are proven, and how soon their end is known everywhere. */
function credentialSection({ strategy, policy, transports }: Composition): PolicySection {
  const { maxRevocationLag, accessTokenTtl, rotationGrace } = policy;
  const lag = timeRow(
    "session.maxRevocationLag",
    maxRevocationLag,
    "how long a node that checks tokens by itself may not know of an end",
  );
  const tokens = [
    timeRow("session.accessTokenTtl", accessTokenTtl, "how long an access token lives"),
    timeRow(
      "session.rotationGrace",
      rotationGrace,
      "how long a replaced refresh token still gets its successor",
    ),
  ];
  return {
    title: "Credentials and their end",
    rows: [
      valueRow("strategy", strategy.name, "how a session is proven"),
      valueRow("transports", transports.join(", "), "how its credential travels"),
      valueRow("revocations", boundOf(strategy, policy), "an ended session stops working"),
      ...(strategy.name === "stateful" || !strategy.stored ? [] : [lag]),
      ...(strategy.name === "hybrid" ? tokens : []),
    ],
  };
}

function boundOf({ name, stored }: Strategy, { maxRevocationLag, idleTimeout }: SessionPolicy): string {
  if (name === "stateful") return "with the next request, everywhere";
  if (stored) return `at once here, within ${durationText(maxRevocationLag)} on every other node`;
  return `when its token runs out, after ${durationText(idleTimeout)} at most: nobody can end it before`;
}

/** How long events are kept, where they are. */
function auditSection({ audit }: AuthOptions): readonly PolicySection[] {
  const retention = auditRetention(audit);
  if (retention === null) return [];
  return [
    {
      title: "Kept events",
      rows: [timeRow("audit.retention", retention, "how long an event is kept in the store")],
    },
  ];
}

/** What shortens lifetimes case by case, and so cannot be told in numbers. */
function callbackRows({ callbacks = {} }: AuthOptions): readonly PolicyRow[] {
  const shortening = ["lifetimes", "session", "jwt"] as const;
  return shortening
    .filter((name) => callbacks[name] !== undefined)
    .map((name) => valueRow(`callbacks.${name}`, true, "may end some sessions sooner, and none later"));
}

/** What is known of where requests come from. */
function clientSection(options: AuthOptions): PolicySection {
  const { privacy = {}, place } = options;
  const isWatched = watchesAnomalies(options);
  const waiting = timeRow("place", placeTimeout, "how long a sign-in waits to hear where its address is");
  const quiet = timeRow("anomalies", networkQuiet, "how long another network by itself is not told of again");
  return {
    title: "Addresses and user agents",
    rows: [
      valueRow("privacy.ip", privacy.ip ?? "full", "how much of an address is kept, logged and shown"),
      valueRow("privacy.userAgent", privacy.userAgent ?? "full", "and how much of a user agent"),
      place === undefined ? valueRow("place", false, "whether places are looked up") : waiting,
      isWatched ? quiet : valueRow("anomalies", false, "whether use from elsewhere is told of"),
    ],
  };
}

/** Who may act. */
function originSection(
  { csrf = {} }: AuthOptions,
  { guard, cors, trustedProxies, services }: Composition,
): PolicySection {
  const { origin, trustedOrigins } = guard;
  return {
    title: "Requests from other sites",
    rows: [
      valueRow(
        "baseURL",
        origin,
        "unsafe requests must come from here",
        origin ?? "the request's own origin",
      ),
      valueRow("trustedOrigins", trustedOrigins.join(", "), "or from here"),
      valueRow("csrf.token", csrf.token ?? false, "with a token of their page as well"),
      valueRow("cors.origins", [...cors.origins].join(", "), "whose pages may read replies"),
      timeRow("cors.maxAge", cors.maxAge * 1000, "how long a browser may remember a preflight"),
      valueRow(
        "trustedProxies",
        typeof trustedProxies === "number" ? trustedProxies : trustedProxies.join(", "),
        "proxies whose word on a client's address is believed",
      ),
      valueRow(
        "services",
        services.map(({ id }) => id).join(", "),
        "services that may introspect and revoke tokens",
      ),
    ],
  };
}

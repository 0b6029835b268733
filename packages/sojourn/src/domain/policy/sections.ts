import type { Lifetimes, SessionPolicy } from "../policy.ts";
import type { SessionKind } from "../session.ts";
import { durationText } from "../duration-text.ts";
import { dataLimits } from "./data-limits.ts";
import { type LimitedAct, type LimitScope, type RateLimitPolicy, scopes } from "./rate-limits.ts";
import { type PolicyRow, type PolicySection, timeRow, valueRow } from "./report.ts";

/** Whose sessions a policy tells apart, by the option that does. */
function holders({
  lifetimes,
}: SessionPolicy): readonly (readonly [option: string, who: string, Lifetimes])[] {
  const { anyone, byRole } = lifetimes;
  const { user } = anyone;
  const roles = [...(byRole ?? [])].map(
    ([role, of]) => [`session.byRole.${role}`, `a user with the role ${role}`, of.user.remembered] as const,
  );
  return [
    ["session", "a person", user.remembered],
    ["session.withoutRemember", "a person who is not remembered", user.passing],
    ["session.byKind.agent", "an agent", anyone.agent.remembered],
    ["session.byKind.service", "a service", anyone.service.remembered],
    ["session.byKind.anonymous", "somebody who has not signed in", anyone.anonymous.remembered],
    ...roles,
  ];
}

/** How long sessions live. */
export function lifetimeSection(policy: SessionPolicy): PolicySection {
  const rows = holders(policy).flatMap(([option, who, { idleTimeout, absoluteTimeout }]): PolicyRow[] => [
    timeRow(
      `${option}.idleTimeout`,
      idleTimeout,
      `the session of ${who} ends when it is unused for this long`,
    ),
    timeRow(
      `${option}.absoluteTimeout`,
      absoluteTimeout,
      `the session of ${who} ends this long after its sign-in`,
    ),
  ]);
  const preset = valueRow(
    "session.preset",
    policy.preset,
    "the assurance level of NIST SP 800-63B-4 whose timeouts none may exceed",
  );
  const resume = timeRow(
    "session.resumeIdle",
    policy.resumeIdle,
    "for this long after its idle end a session goes on after a new proof, until its absolute end",
  );
  const kept = timeRow("session.endedRetention", policy.endedRetention, "how long an ended session is kept");
  const noted = timeRow(
    "session.touchInterval",
    policy.touchInterval,
    "last-seen times are noted this often at most",
  );
  return { title: "Lifetimes", rows: [preset, ...rows, resume, noted, kept] };
}

/** How many sessions at once. */
export function limitSection({ limits }: SessionPolicy): PolicySection {
  const rows = (Object.keys(limits) as SessionKind[]).map((kind) => {
    const limit = limits[kind];
    const meaning = `sessions of one user at once, of the kind ${kind}`;
    if (limit === null) return valueRow(`session.limit.${kind}`, null, meaning, "no limit");
    const { max, onExceed } = limit;
    const then = onExceed === "deny" ? "a new one is refused" : "the oldest one ends";
    return valueRow(`session.limit.${kind}`, max, meaning, `${max}; beyond, ${then}`);
  });
  return { title: "Sessions at once", rows };
}

/** How recent and how strong a proof has to be. */
export function proofSection({ freshFor, freshToEnd, acrLevels }: SessionPolicy): PolicySection {
  const classes = [...acrLevels].map(([acr, level]) =>
    valueRow(`session.acrLevels.${acr}`, level, "the assurance level that this context class stands for"),
  );
  return {
    title: "Proof of who is there",
    rows: [
      timeRow(
        "session.freshFor",
        freshFor,
        "the last proof is at most this old where a call asks for a fresh one",
      ),
      timeRow(
        "session.freshToEnd",
        freshToEnd,
        "the last proof is at most this old to end one's other sessions",
      ),
      ...classes,
    ],
  };
}

const acts: Readonly<Record<LimitedAct, string>> = {
  signIn: "failed sign-ins",
  signUp: "sign-ups",
  anonymous: "sessions for visitors",
  stepUp: "failed proofs of who is there",
  refresh: "refreshes with what is not good",
  introspect: "calls of /introspect without a service's secret",
  revoke: "calls of /revoke without a service's secret",
  callback: "failed returns from a provider",
  providerLogout: "sign-outs by a provider that it did not send",
};

const places: Readonly<Record<LimitScope, string>> = {
  account: "of one account from one network",
  accountEverywhere: "of one account from all networks that are new to it",
  network: "from one network",
};

/** How many attempts. */
export function rateLimitSection(policy: RateLimitPolicy): PolicySection {
  const rows = (Object.keys(acts) as LimitedAct[]).flatMap((act) =>
    scopes.flatMap((scope): PolicyRow[] => {
      const limit = policy[act][scope];
      if (limit === null) return [];
      const text = `${limit.points} in ${durationText(limit.windowMs)}`;
      return [valueRow(`rateLimit.${act}.${scope}`, limit.points, `${acts[act]} ${places[scope]}`, text)];
    }),
  );
  return { title: "Attempts", rows };
}

/** How much an app may keep in a session. */
export function dataSection(): PolicySection {
  const { totalBytes, valueBytes, keys, messages, messageBytes } = dataLimits;
  const bytes = (name: string, value: number, meaning: string) =>
    valueRow(name, value, meaning, `${value} bytes`);
  return {
    title: "What sessions hold",
    rows: [
      bytes("session.data", totalBytes, "all data and messages of one session, as JSON"),
      bytes("session.data.maxBytes", valueBytes, "one value of a key that says nothing else"),
      valueRow("session.data.keys", keys, "keys that may be declared"),
      bytes("session.flash.maxBytes", messageBytes, "one flash message"),
      valueRow(
        "session.flash.messages",
        messages,
        "flash messages that wait; one more, and the oldest is gone",
      ),
    ],
  };
}

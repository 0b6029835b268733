import { durationText } from "../duration-text.ts";
import { type Duration, durationToMs } from "../duration.ts";
import {
  anonymousLifetimes,
  defaultSessionOptions,
  type LifetimeOptions,
  type Lifetimes,
  type LifetimesByKind,
  type LifetimeTable,
  type SessionOptions,
} from "../policy.ts";
import { refuseUnknown } from "../options.ts";
import { invalidSession } from "./option-error.ts";
import { shortenAll, shorterOf } from "./lifetimes.ts";

const kinds = ["agent", "service", "anonymous"] as const;
const names: readonly string[] = ["idleTimeout", "absoluteTimeout"];

/**
 * Works out which lifetimes hold for whom.
 *
 * @param most the policy's own, which none is longer than.
 * @param touchInterval an idle timeout must be longer, or somebody who is active would be signed out.
 */
export function resolveTable(options: SessionOptions, most: Lifetimes, touchInterval: number): LifetimeTable {
  const { byKind = {}, byRole, withoutRemember } = options;
  for (const kind of Object.keys(byKind)) {
    if (!(kinds as readonly string[]).includes(kind))
      throw invalidSession(`byKind.${kind} is not a kind of its own lifetimes: ${kinds.join(", ")}.`);
  }
  const check = (name: string, lifetimes: Lifetimes): Lifetimes => reachable(name, lifetimes, touchInterval);
  const person = check("idleTimeout", most);
  const passing = check("withoutRemember.idleTimeout", shorter("withoutRemember", withoutRemember, person));
  const same = (lifetimes: Lifetimes): LifetimesByKind["agent"] => ({
    remembered: lifetimes,
    passing: lifetimes,
  });
  const anyone: LifetimesByKind = {
    user: { remembered: person, passing },
    agent: same(shorter("byKind.agent", byKind.agent, agentLifetimes(options, most))),
    service: same(check("byKind.service.idleTimeout", shorter("byKind.service", byKind.service, most))),
    anonymous: same(
      check(
        "byKind.anonymous.idleTimeout",
        byKind.anonymous === undefined
          ? shorterOf(most, visitorDefaults(touchInterval))
          : shorter("byKind.anonymous", byKind.anonymous, most),
      ),
    ),
  };
  if (byRole === undefined) return { anyone, byRole: null };
  const rows = Object.entries(byRole).map(([role, of]) => {
    if (role === "") throw invalidSession("byRole: a role has a name.");
    const name = `byRole.${role}`;
    const lifetimes = check(`${name}.idleTimeout`, shorter(name, of, most));
    return [role, shortenAll(anyone, lifetimes)] as const;
  });
  return { anyone, byRole: new Map(rows) };
}

/** A default is not what an app would have to get out of its way: it gives way to a touch that is seldom written. */
function visitorDefaults(touchInterval: number): Partial<Lifetimes> {
  const { idleTimeout = 0, ...others } = inMs("anonymous", anonymousLifetimes);
  return { ...others, idleTimeout: Math.max(idleTimeout, 2 * touchInterval) };
}

/** However busy an agent is, its session ends: it is not seen to be the user's own doing any more. */
function agentLifetimes({ agentTtl }: SessionOptions, most: Lifetimes): Lifetimes {
  const name = "session.agentTtl";
  const longest = durationToMs(defaultSessionOptions.agentTtl, name);
  const ttl = durationToMs(agentTtl ?? defaultSessionOptions.agentTtl, name);
  if (ttl < 1000) throw invalidSession("agentTtl must be at least 1 s.");
  if (ttl > longest)
    throw invalidSession(
      `agentTtl must not be longer than ${defaultSessionOptions.agentTtl}: an agent asks for a new session instead.`,
    );
  return shorterOf(most, { idleTimeout: ttl, absoluteTimeout: ttl });
}

/** What an option asks for, within `most`. */
function shorter(name: string, options: LifetimeOptions | undefined, most: Lifetimes): Lifetimes {
  const wanted = inMs(name, options ?? {});
  for (const [of, value] of Object.entries(wanted)) {
    const longest = most[of as keyof Lifetimes];
    if (value > longest) {
      throw invalidSession(
        `${name}.${of} must not be longer than what holds for all (${durationText(longest)}): it may shorten and never lengthen.`,
      );
    }
  }
  return shorterOf(most, wanted);
}

function inMs(name: string, options: LifetimeOptions): Partial<Lifetimes> {
  refuseUnknown(`session.${name}.`, options, names);
  const entries = Object.entries(options).map(([of, value]: [string, Duration | undefined]) => {
    const ms = durationToMs(value as Duration, `session.${name}.${of}`);
    if (ms < 1000) throw invalidSession(`${name}.${of} must be at least 1 s.`);
    return [of, ms] as const;
  });
  return Object.fromEntries(entries);
}

function reachable(name: string, lifetimes: Lifetimes, touchInterval: number): Lifetimes {
  // What ends by its absolute timeout anyway needs no last-seen time.
  const { idleTimeout, absoluteTimeout } = lifetimes;
  if (touchInterval < idleTimeout || idleTimeout === absoluteTimeout) return lifetimes;
  throw invalidSession(
    `touchInterval must be shorter than session.${name}, or an active user would be signed out.`,
  );
}

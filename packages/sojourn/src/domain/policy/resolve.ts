import { durationText } from "../duration-text.ts";
import { type Duration, durationToMs } from "../duration.ts";
import { refuseUnknown } from "../options.ts";
import {
  defaultSessionOptions,
  type Lifetimes,
  longestCookieAge,
  type PresetName,
  presets,
  type SessionOptions,
  type SessionPolicy,
} from "../policy.ts";
import { resolveLevels } from "./levels.ts";
import { resolveLimits } from "./limits.ts";
import { invalidSession } from "./option-error.ts";
import { resolveTable } from "./table.ts";

/** The options that are not one time each. */
const others = [
  "preset",
  "byKind",
  "byRole",
  "withoutRemember",
  "resumeIdle",
  "limit",
  "acrLevels",
  "data",
  "flash",
] as const satisfies readonly (keyof SessionOptions)[];

/**
 * Checks the `session` options and fills in the defaults.
 *
 * @throws {SojournError} `config_invalid` with the option's name.
 */
export function resolvePolicy(options: SessionOptions = {}): SessionPolicy {
  refuseUnknown("session.", options, [...Object.keys(defaultSessionOptions), ...others]);
  const ms = (name: keyof typeof defaultSessionOptions, atLeast: number): number =>
    time(name, options[name] ?? defaultSessionOptions[name], atLeast);
  const lifetimes = resolveBase(options);
  const touchInterval = ms("touchInterval", 0);
  const endedRetention = ms("endedRetention", 0);
  const policy: SessionPolicy = {
    ...lifetimes,
    preset: options.preset ?? null,
    lifetimes: resolveTable(options, lifetimes, touchInterval),
    touchInterval,
    accessTokenTtl: ms("accessTokenTtl", 1000),
    rotationGrace: ms("rotationGrace", 0),
    freshFor: ms("freshFor", 1000),
    freshToEnd: options.freshToEnd === false ? null : ms("freshToEnd", 1000),
    resumeIdle: resolveResuming(options, endedRetention),
    maxRevocationLag: ms("maxRevocationLag", 100),
    endedRetention,
    limits: resolveLimits(options.limit),
    acrLevels: resolveLevels(options.acrLevels),
  };
  if (policy.accessTokenTtl > policy.absoluteTimeout)
    throw invalidSession("accessTokenTtl must not be longer than session.absoluteTimeout.");
  return policy;
}

/** The timeouts that all others are held to. */
function resolveBase(options: SessionOptions): Lifetimes {
  const { preset } = options;
  if (preset !== undefined && !Object.hasOwn(presets, preset))
    throw invalidSession(`preset must be one of ${Object.keys(presets).join(", ")}.`);
  const absoluteTimeout = within(preset, "absoluteTimeout", options.absoluteTimeout);
  const wanted = within(preset, "idleTimeout", options.idleTimeout);
  // A default makes way for what was said; two things that were said and contradict each other do not.
  const idleTimeout = options.idleTimeout === undefined ? Math.min(wanted, absoluteTimeout) : wanted;
  if (idleTimeout > absoluteTimeout)
    throw invalidSession("idleTimeout must not be longer than session.absoluteTimeout.");
  if (absoluteTimeout > longestCookieAge) {
    throw invalidSession(
      "absoluteTimeout must not be longer than 400 days, the longest a browser keeps a cookie.",
    );
  }
  return { idleTimeout, absoluteTimeout };
}

/** A timeout, held to what the preset allows. */
function within(preset: PresetName | undefined, name: keyof Lifetimes, said: Duration | undefined): number {
  const value = time(name, said ?? defaultSessionOptions[name], 1000);
  if (preset === undefined) return value;
  const most = durationToMs(presets[preset][name], `the preset's ${name}`);
  if (said !== undefined && value > most) {
    throw invalidSession(
      `${name} must not be longer than ${durationText(most)} with the preset "${preset}", which may be shortened and never lengthened.`,
    );
  }
  return Math.min(value, most);
}

/** How long after its idle end a session may be resumed; null for never. */
function resolveResuming({ resumeIdle, preset }: SessionOptions, kept: number): number | null {
  // Nothing but AAL2 lets a single factor suffice here (NIST SP 800-63B-4 §2.2.3).
  const wanted = resumeIdle ?? preset === "aal2";
  if (wanted === false) return null;
  if (preset === "aal3")
    throw invalidSession('resumeIdle is not for the preset "aal3": there all factors must be proven again.');
  if (wanted === true) return kept;
  const ms = time("resumeIdle", wanted, 1000);
  if (ms > kept) {
    throw invalidSession(
      `resumeIdle must not be longer than session.endedRetention (${durationText(kept)}): what is not kept cannot be resumed.`,
    );
  }
  return ms;
}

function time(name: string, value: Duration | boolean, atLeast: number): number {
  const ms = durationToMs(value as Duration, `session.${name}`);
  if (ms < atLeast) throw invalidSession(`${name} must be at least ${atLeast / 1000} s.`);
  return ms;
}

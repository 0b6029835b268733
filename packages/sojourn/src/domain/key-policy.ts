import { durationToMs } from "./duration.ts";
import { SojournError } from "./errors.ts";
import { invalidOption, refuseUnknown } from "./options.ts";
import type { KeyPolicy } from "./key-life.ts";
import { type PolicySection, timeRow, valueRow } from "./policy/report.ts";
import { defaultKeyOptions, type KeyOptions, mostKeys, type SessionPolicy } from "./policy.ts";

/** By how much the clocks of two nodes may differ, in ms. */
export const keyClockSkew = 60_000;

/**
 * Checks the `keys` options and fills in the defaults. Null where the keys come from the secret alone.
 *
 * @param hasEntries whether there is a store that can keep them.
 * @throws {SojournError} `config_store_required`, `config_invalid`.
 */
export function resolveKeyPolicy(
  options: KeyOptions | "secret" | undefined,
  { absoluteTimeout, maxRevocationLag }: Pick<SessionPolicy, "absoluteTimeout" | "maxRevocationLag">,
  hasEntries: boolean,
): KeyPolicy | null {
  if (options === undefined || options === "secret") return null;
  refuseOthers(options);
  if (!hasEntries) {
    throw new SojournError("config_store_required", {
      detail:
        'keys: {...} needs a store that keeps small records, such as sqlite("app.db") from "sojourn/sqlite". Without one leave it out: the keys are then derived from the secret.',
    });
  }
  const every = options.rotateEvery ?? defaultKeyOptions.rotateEvery;
  const rotateEvery = every === "never" ? null : durationToMs(every, "keys.rotateEvery");
  const announceFor = durationToMs(options.announceFor ?? defaultKeyOptions.announceFor, "keys.announceFor");
  // Nothing lives longer than a session; a node may be behind by the lag and its clock by the skew, on both sides.
  const keepFor = absoluteTimeout + 2 * (maxRevocationLag + keyClockSkew);
  const shortest = 2 * maxRevocationLag + keyClockSkew;
  if (announceFor < shortest) {
    throw invalidOption(
      `keys.announceFor must be at least ${inSeconds(shortest)}: twice session.maxRevocationLag and a minute for clocks that differ, or a key could sign before every node knows it.`,
    );
  }
  if (rotateEvery !== null && rotateEvery < announceFor) {
    throw invalidOption(
      "keys.rotateEvery must not be shorter than keys.announceFor, or the next key would be due before it is known.",
    );
  }
  const most = mostKeys - 3;
  if (rotateEvery !== null && rotateEvery * most < keepFor) {
    throw invalidOption(
      `keys.rotateEvery must be at least ${inSeconds(Math.ceil(keepFor / most))}: each key verifies until the longest session has passed, and a ring holds at most ${mostKeys} keys.`,
    );
  }
  return { rotateEvery, announceFor, keepFor };
}

/** How long others may keep our public keys, in seconds: with that of `stale-while-revalidate`, half as long as a key is announced at most. */
export function publicKeysMaxAge(policy: KeyPolicy | null): number {
  return policy === null ? 300 : Math.min(300, Math.floor(policy.announceFor / 4000));
}

/** The rules in force, for the policy report. */
export function keySection(policy: KeyPolicy | null): PolicySection {
  const title = "Keys";
  if (policy === null)
    return {
      title,
      rows: [valueRow("keys", "secret", "every key is derived from the secret and changes with it")],
    };
  const { rotateEvery, announceFor, keepFor } = policy;
  return {
    title,
    rows: [
      timeRow("keys.rotateEvery", rotateEvery, "how long a key signs before the next one takes over"),
      timeRow("keys.announceFor", announceFor, "how long a key is published before it signs"),
      timeRow("keys", keepFor, "how long a key that was replaced goes on verifying"),
    ],
  };
}

function refuseOthers(options: unknown): asserts options is KeyOptions {
  if (typeof options !== "object" || options === null)
    throw invalidOption('keys must be "secret", or such as { rotateEvery: "90d", announceFor: "1d" }.');
  refuseUnknown("keys.", options, Object.keys(defaultKeyOptions));
}

function inSeconds(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}

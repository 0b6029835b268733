import { SojournError } from "./domain/errors.ts";
import { invalidOption } from "./domain/options.ts";
import type { PrivacyRules } from "./domain/privacy.ts";

/** The `privacy` option of `createAuth`: how much of where requests come from is ever kept, logged or shown. */
export type PrivacyOptions = Partial<PrivacyRules>;

/** What an app wants known of where its sessions are used from, and what that takes. */
export interface ClientOptions {
  readonly privacy?: PrivacyOptions;
  readonly place?: unknown;
  readonly anomalies?: boolean;
  readonly callbacks?: { readonly anomaly?: unknown };
}

const choices: { readonly [Name in keyof PrivacyRules]: readonly PrivacyRules[Name][] } = {
  ip: ["full", "truncated", "none"],
  userAgent: ["full", "device", "none"],
};

/** The names of the `privacy` options. */
export const privacyNames: ReadonlySet<string> = new Set(Object.keys(choices));

/** Whether the use of sessions is compared with where they began. */
export function watchesAnomalies({ anomalies, callbacks }: ClientOptions): boolean {
  return anomalies ?? callbacks?.anomaly !== undefined;
}

/**
 * Refuses what cannot work.
 *
 * @param isKept whether small records can be kept beside the sessions.
 * @throws {SojournError} `config_invalid`, `config_store_required`.
 */
export function checkClientOptions(options: ClientOptions, isKept: boolean): void {
  const { privacy, place, anomalies } = options;
  for (const [name, known] of Object.entries(choices)) {
    const rule: unknown = privacy?.[name as keyof PrivacyRules] ?? "full";
    // A misspelt rule must not quietly keep everything.
    if (!known.some((one) => one === rule))
      throw invalidOption(`privacy.${name} must be one of ${known.join(", ")}.`);
  }
  const types = {
    place: [place, "function"],
    anomalies: [anomalies, "boolean"],
  };
  for (const [name, [value, type]] of Object.entries(types))
    if (value !== undefined && typeof value !== type)
      throw invalidOption(`${name} must be of type ${String(type)}.`);
  if (isKept || (place === undefined && !watchesAnomalies(options))) return;
  throw new SojournError("config_store_required", {
    detail:
      'place and anomalies need a store that keeps small records beside the sessions, such as sqlite("app.db") from "sojourn/sqlite".',
  });
}

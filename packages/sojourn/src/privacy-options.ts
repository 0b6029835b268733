import { SojournError } from "./domain/errors.ts";
import type { PrivacyRules } from "./domain/privacy.ts";

/** The `privacy` option of `createAuth`: how much of where requests come from is ever kept, logged or shown. */
export type PrivacyOptions = Partial<PrivacyRules>;

const choices: { readonly [Name in keyof PrivacyRules]: readonly PrivacyRules[Name][] } = {
  ip: ["full", "truncated", "none"],
  userAgent: ["full", "device", "none"],
};

/** The rules in force. @throws {SojournError} `config_invalid`. */
export function privacyRules(options: PrivacyOptions | undefined): PrivacyRules {
  if (options !== undefined && (typeof options !== "object" || options === null))
    throw invalid('privacy must be an object, such as { ip: "truncated", userAgent: "device" }.');
  for (const [name, value] of Object.entries(options ?? {})) {
    const known: readonly unknown[] | undefined = Object.hasOwn(choices, name)
      ? choices[name as keyof PrivacyRules]
      : undefined;
    if (known === undefined)
      throw invalid(`privacy.${name} is not an option. Known: ${Object.keys(choices).join(", ")}.`);
    // A misspelt value must not quietly keep everything.
    if (value !== undefined && !known.includes(value))
      throw invalid(`privacy.${name} must be one of ${known.join(", ")}.`);
  }
  return { ip: options?.ip ?? "full", userAgent: options?.userAgent ?? "full" };
}

function invalid(detail: string): SojournError {
  return new SojournError("config_invalid", { detail });
}

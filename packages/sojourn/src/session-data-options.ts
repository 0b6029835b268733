import {
  type DataDeclarations,
  type DataKeyOptions,
  type DataValidator,
  isDataKey,
  isValidator,
} from "./domain/data-schema.ts";
import { SojournError } from "./domain/errors.ts";
import { dataLimits } from "./domain/policy/data-limits.ts";
import { invalidSession } from "./domain/policy/option-error.ts";
import type { SessionOptions } from "./domain/policy.ts";

/** The `session` options of an app, with what it declares. */
export interface SessionOptionsOf<
  Data extends DataDeclarations,
  Flash extends DataValidator,
> extends SessionOptions {
  readonly data?: Data;
  readonly flash?: Flash;
}

const known: readonly string[] = ["schema", "expose", "maxBytes"] satisfies (keyof DataKeyOptions)[];

/** Refuses what cannot work. @param stored whether sessions are kept. @throws {SojournError} `config_invalid`, `config_store_required`. */
export function checkSessionData({ data, flash }: SessionOptions, stored: boolean): void {
  if (flash !== undefined && !isValidator(flash))
    throw invalidSession("flash must be a schema or a function.");
  const declared = Object.entries(data ?? {});
  if (declared.length > dataLimits.keys) throw invalidSession(`data may declare ${dataLimits.keys} keys.`);
  for (const [key, one] of declared) {
    if (!isDataKey(key) || !(isValidator(one) || isKeyOptions(one))) {
      throw invalidSession(
        `data.${key} must be a schema, a function or { ${known.join(", ")} }, under a key of 1 to 64 letters, digits and _ . : -.`,
      );
    }
  }
  if (!stored && (data ?? flash) !== undefined) {
    throw new SojournError("config_store_required", {
      detail: 'session.data and session.flash need a store, such as sqlite("app.db") from "sojourn/sqlite".',
    });
  }
}

/** Whether any declared key is shown to clients. */
export function exposesData(data: DataDeclarations = {}): boolean {
  return Object.values(data).some((one) => !isValidator(one) && one.expose === true);
}

function isKeyOptions(options: DataKeyOptions | null): boolean {
  const { schema, expose = false, maxBytes = 1 } = options ?? {};
  return (
    isValidator(schema) &&
    typeof expose === "boolean" &&
    Number.isInteger(maxBytes) &&
    maxBytes >= 1 &&
    maxBytes <= dataLimits.totalBytes &&
    Object.keys(options ?? {}).every((name) => known.includes(name))
  );
}

import {
  type DataDeclarations,
  type DataKeyOptions,
  type DataValidator,
  isValidator,
} from "./domain/data-schema.ts";
import { SojournError } from "./domain/errors.ts";
import { dataLimits } from "./domain/policy/data-limits.ts";
import type { SessionOptions } from "./domain/policy.ts";
import { isDataKey } from "./session/session-data.ts";

/** The `session` options of an app, with what it declares. */
export interface SessionOptionsOf<
  Data extends DataDeclarations,
  Flash extends DataValidator,
> extends SessionOptions {
  readonly data?: Data;
  readonly flash?: Flash;
}

const known: ReadonlySet<string> = new Set<keyof DataKeyOptions>(["schema", "expose", "maxBytes"]);

/** Refuses what cannot work. @param stored whether sessions are kept. @throws {SojournError} `config_invalid`, `config_store_required`. */
export function checkSessionData({ data, flash }: SessionOptions, stored: boolean): void {
  if (flash !== undefined && !isValidator(flash))
    throw invalid("session.flash must be a schema or a function.");
  if (data !== undefined) checkDeclarations(data);
  if (!stored && (data !== undefined || flash !== undefined)) {
    throw new SojournError("config_store_required", {
      detail:
        'session.data and session.flash need a store, such as sqlite("app.db") from "sojourn/sqlite": sessions that are only in tokens keep no data.',
    });
  }
}

/** Whether any declared key is shown to clients. */
export function exposesData(data: DataDeclarations = {}): boolean {
  return Object.values(data).some((one) => !isValidator(one) && one.expose === true);
}

function checkDeclarations(data: DataDeclarations): void {
  const entries = Object.entries(data);
  if (entries.length > dataLimits.keys)
    throw invalid(`session.data may declare ${dataLimits.keys} keys, and has ${entries.length}.`);
  for (const [key, one] of entries) {
    if (!isDataKey(key))
      throw invalid(`session.data: ${JSON.stringify(key)} must be 1 to 64 letters, digits and _ . : -.`);
    if (!isValidator(one)) checkOptions(`session.data.${key}`, one);
  }
}

function checkOptions(name: string, options: DataKeyOptions): void {
  if (!isValidator(options?.schema)) throw invalid(`${name} must be a schema, a function or { schema }.`);
  for (const option of Object.keys(options))
    if (!known.has(option))
      throw invalid(`${name}.${option} is not an option. Known: ${[...known].join(", ")}.`);
  const { expose = false, maxBytes = 1 } = options;
  if (typeof expose !== "boolean") throw invalid(`${name}.expose must be true or false.`);
  if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > dataLimits.totalBytes)
    throw invalid(`${name}.maxBytes must be 1 to ${dataLimits.totalBytes}.`);
}

function invalid(detail: string): SojournError {
  return new SojournError("config_invalid", { detail });
}

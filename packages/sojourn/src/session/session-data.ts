import { isDataKey } from "../domain/data-schema.ts";
import { SojournError } from "../domain/errors.ts";
import { dataLimits } from "../domain/policy/data-limits.ts";
import type { JsonValue } from "../domain/session.ts";

/** @throws {SojournError} `invalid_input`. */
export function checkDataKey(key: string): void {
  if (isDataKey(key)) return;
  throw new SojournError("invalid_input", {
    detail: "A data key has 1 to 64 letters, digits and _ . : - and is no property name of Object.prototype.",
  });
}

/** @throws {SojournError} `invalid_input` for what JSON cannot hold, `data_too_large`. */
export function checkDataValue(value: JsonValue): void {
  if (!isJson(value)) {
    throw new SojournError("invalid_input", {
      detail: `Session data must be plain JSON values, nested at most ${deepest} deep.`,
    });
  }
  if (jsonBytes(value) > dataLimits.totalBytes) throw dataTooLarge();
}

/** How long a value is as JSON, in bytes of UTF-8. */
export function jsonBytes(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** The error for data that has grown over the limit. */
export function dataTooLarge(): SojournError {
  return new SojournError("data_too_large", {
    detail: `All data of one session together may take ${dataLimits.totalBytes} bytes of JSON. Keep a reference instead.`,
  });
}

/** Deeper than this nothing honest nests, and databases that read JSON themselves give up at some depth. */
const deepest = 64;

/** Whether JSON holds a value unchanged. */
export function isJson(value: unknown, depth = 0): value is JsonValue {
  if (depth > deepest) return false;
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every((one) => isJson(one, depth + 1));
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((one) => isJson(one, depth + 1));
}

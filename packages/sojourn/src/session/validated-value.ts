import type { DataValidator } from "../domain/data-schema.ts";
import { SojournError } from "../domain/errors.ts";
import type { JsonValue } from "../domain/session.ts";
import { validate } from "../domain/validate.ts";
import { isJson, jsonBytes } from "./session-data.ts";

/**
 * What a schema makes of a value, which is what is kept of it.
 *
 * @param what it is, as a sentence begins.
 * @param maxBytes of JSON in UTF-8.
 * @throws {SojournError} `invalid_input` with the schema's issues, `data_too_large`.
 */
export async function acceptValue(
  what: string,
  schema: DataValidator,
  value: unknown,
  maxBytes: number,
): Promise<JsonValue> {
  const accepted = await insist(what, "does not pass its schema", schema, value);
  if (!isJson(accepted)) {
    throw new SojournError("invalid_input", {
      detail: `${what} must be JSON once its schema has passed it, and not nested without end.`,
    });
  }
  if (jsonBytes(accepted) > maxBytes)
    throw new SojournError("data_too_large", { detail: `${what} may take ${maxBytes} bytes of JSON.` });
  // What the schema will not read again would be as good as lost.
  await insist(what, "is not what its schema reads, once the schema has made it", schema, accepted);
  return accepted;
}

/** A stored value as its schema reads it; undefined where it no longer passes. */
export async function readValue(schema: DataValidator, stored: JsonValue | undefined): Promise<unknown> {
  if (stored === undefined) return undefined;
  const read = await validate(schema, stored);
  return read.issues === null ? read.value : undefined;
}

async function insist(
  what: string,
  problem: string,
  schema: DataValidator,
  value: unknown,
): Promise<unknown> {
  const result = await validate(schema, value);
  if (result.issues === null) return result.value;
  const { issues, cause } = result;
  throw new SojournError("invalid_input", { detail: `${what} ${problem}.`, extra: { issues }, cause });
}

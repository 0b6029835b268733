import { SojournError } from "../../domain/errors.ts";
import type { JsonValue } from "../../domain/session.ts";
import type { Entry } from "../../ports/entry-store.ts";
import { storeFailure } from "../store-failure.ts";
import { userKeyOf } from "./key-names.ts";

/** An entry as it is stored, read as JSON. The first four are what scripts read. */
type EntryRow = readonly [
  form: 1,
  version: number,
  expiresAt: number | null,
  ownerKey: string,
  owner: string | null,
  key: string,
  value: JsonValue,
];

/** Writes a new entry, in three lines. */
export function entryText({ key, owner, value, expiresAt }: Omit<Entry, "version">): string {
  const head = JSON.stringify([1, 0, expiresAt, ownerKeyOf(owner)]).slice(0, -1);
  return `${head}\n,${JSON.stringify(owner)},${JSON.stringify(key)}\n${valueLine(value)}`;
}

/** The last line of an entry. */
export function valueLine(value: JsonValue): string {
  return `,${JSON.stringify(value)}]`;
}

/** An owner in the names of keys, as users are; empty for none. */
export function ownerKeyOf(owner: string | null): string {
  return owner === null ? "" : userKeyOf(owner);
}

/**
 * Reads an entry.
 *
 * @throws {SojournError} `store_unavailable` for what a newer version wrote.
 */
export function readEntry(space: string, text: string): Entry {
  const [form, version, expiresAt, , owner, key, value] = JSON.parse(text) as EntryRow;
  if (form !== 1) throw storeFailure(new Error(`An entry of ${space} is stored in an unknown form.`));
  return { space, key, owner, value, version, expiresAt };
}

/**
 * A key of an entry as a name in Redis, which is made of bytes: texts that are no Unicode would all become one.
 *
 * @throws {SojournError} `invalid_input` for those.
 */
export function wholeKey(key: string): string {
  if (!/\p{Surrogate}/u.test(key)) return key;
  throw new SojournError("invalid_input", { detail: "The key of an entry must be well-formed Unicode." });
}

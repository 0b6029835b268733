import { randomBytes } from "node:crypto";
import type { SqlValue } from "../sql/driver.ts";

/**
 * One step of a statement. `?1`, `?2`, ... are the statement's parameters, as often and in whatever order
 * they are needed; `?1:json` is a text as JSON quotes it, `?1:lines` a JSON object with each member on a
 * line of its own, and `?0` 16 bytes that are fresh each time the statement runs.
 */
export interface Step {
  readonly sql: string;
  /** The number of a parameter: where that is null, this step is left out. */
  readonly unlessNull?: number;
  /** What it means if the step changes no row, or finds none: that all is done, or that something is wrong. Else nothing. */
  readonly ifNothing?: "stop" | "fail";
  /** Needs a transaction also where it is alone: else its sub-queries would lock what they look at. */
  readonly readCommitted?: true;
}

/** Several steps as the text of one statement: all of them are done, or none. */
export function script(...steps: readonly Step[]): string {
  return JSON.stringify(steps);
}

/** A step whose parameters are in the database's own form. */
export interface PreparedStep extends Step {
  readonly places: readonly Place[];
}

interface Place {
  readonly parameter: number;
  readonly form: string | undefined;
}

/** The steps of a statement's text; what is no script is one step. */
export function stepsOf(text: string): readonly PreparedStep[] {
  const steps = text.startsWith("[") ? (JSON.parse(text) as Step[]) : [{ sql: text }];
  return steps.map(prepared);
}

/** What a step is executed with. Within one run of a statement the token is the same. */
export function valuesFor(
  { places }: PreparedStep,
  parameters: readonly SqlValue[],
  token: () => Uint8Array,
): SqlValue[] {
  return places.map(({ parameter, form }) =>
    parameter === 0 ? token() : inForm(parameters[parameter - 1] ?? null, form),
  );
}

/** Makes a token, when it is first asked for. */
export function lazyToken(): () => Uint8Array {
  let made: Uint8Array | null = null;
  return () => (made ??= randomBytes(16));
}

function prepared(step: Step): PreparedStep {
  const places: Place[] = [];
  const sql = step.sql.replaceAll(
    /'[^']*'|"([^"]+)"|\?(\d+)(?::(json|lines))?/g,
    (whole, name: string | undefined, parameter: string | undefined, form: string | undefined) => {
      // An app's names come in the quotes of standard SQL, which here would make a text of them.
      if (name !== undefined) return `\`${name.replaceAll("`", "``")}\``;
      if (parameter === undefined) return whole;
      places.push({ parameter: Number(parameter), form });
      return "?";
    },
  );
  return { ...step, sql, places };
}

function inForm(value: SqlValue, form: string | undefined): SqlValue {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value !== "string" || form === undefined) return value;
  return form === "json" ? JSON.stringify(value) : memberLines(value);
}

/**
 * Rewrites a JSON object with a line end before each member. Inside a member there is never one, because
 * JSON escapes it: so SQL finds a member by its name, and its end, without knowing any JSON.
 */
function memberLines(json: string): string {
  const members = Object.entries(JSON.parse(json) as Record<string, unknown>);
  return `{${members.map(([name, value]) => `\n${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
}

import type { Variant } from "./runner.ts";

/** Several ways of doing one thing, side by side. */
export interface Suite {
  readonly name: string;
  /** One line: what is done, with how much of what. */
  readonly about: string;
  /** The name of the variant that the others are compared with: the least that this can cost. */
  readonly base: string;
  /** Makes what the variants work on. */
  open(): Promise<OpenSuite>;
}

/** A suite that is ready to run. */
export interface OpenSuite {
  readonly variants: readonly Variant[];
  close?(): void | Promise<void>;
}

/** Stops the bench: a variant that does not do its work is quick, and means nothing. */
export function insist(done: boolean, what: string): asserts done {
  if (!done) throw new Error(`The bench is wrong: ${what}.`);
}

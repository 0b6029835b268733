import { isSojournError, type SojournError } from "./domain/errors.ts";
import type { StepUpChallenge } from "./contract/types.ts";

/** The error of a call that needs a newer or stronger proof of who is there. */
export interface StepUpRequired extends SojournError {
  readonly code: "step_up_required";
  readonly extra: { readonly challenge: StepUpChallenge };
}

/** True for the error that asks for a step-up, with its challenge at `error.extra.challenge`. */
export function isStepUpRequired(error: unknown): error is StepUpRequired {
  return isSojournError(error, "step_up_required") && error.extra["challenge"] !== undefined;
}

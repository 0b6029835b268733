import type { StepUpChallenge, StepUpMethod } from "../contract/types.ts";
import { hasProven, mergeProof, type ProofNeeded, proofOf } from "../domain/assurance.ts";
import { durationText } from "../domain/duration-text.ts";
import { SojournError } from "../domain/errors.ts";
import type { AssuranceLevel, SessionPolicy } from "../domain/policy.ts";
import type { Principal } from "../domain/principal.ts";
import type { Session } from "../domain/session.ts";
import type { AuthState } from "./request-authenticator.ts";

/** What a challenge must know of a way to sign in. */
export interface ChallengedMethod {
  readonly kind: string;
  readonly name: string;
  /** What a proof by it is worth at most; absent where that shows only afterwards. */
  readonly proves?: Pick<Principal, "amr" | "acr">;
  /** False for a provider that does not tell when it last asked who is there: it confirms nothing. */
  readonly provesTime?: boolean;
}

/** What challenges are made of. */
export interface ChallengeParts {
  readonly login: readonly ChallengedMethod[];
  readonly basePath: string;
  readonly policy: SessionPolicy;
}

/** Says what proof is missing, and how its holder can give it. */
export class Challenges {
  readonly #parts: ChallengeParts;

  constructor({ login, ...parts }: ChallengeParts) {
    this.#parts = { ...parts, login: login.filter(({ provesTime }) => provesTime !== false) };
  }

  /**
   * Insists on what a session must have proven.
   *
   * @param returnTo where the browser was, if it can be sent back there.
   * @throws {SojournError} `step_up_required` with the challenge.
   */
  insist(session: Session, needed: ProofNeeded, now: number, returnTo: string | null = null): void {
    const { acrLevels } = this.#parts.policy;
    if (hasProven(session, needed, acrLevels, now)) return;
    const { freshFor, aal } = needed;
    const challenge: StepUpChallenge = {
      ...(freshFor === undefined ? {} : { freshFor: Math.floor(freshFor / 1000) }),
      ...(aal === undefined ? {} : { aal, acrValues: this.#classesFrom(aal) }),
      methods: this.#methodsFor(session, needed),
      ...(returnTo === null ? {} : { returnTo }),
    };
    throw new SojournError("step_up_required", { detail: sentence(needed), extra: { challenge } });
  }

  /** The error for a session that is over; where it can be resumed, it says how. */
  ended({
    reason,
    resumable,
  }: Pick<Extract<AuthState, { status: "ended" }>, "reason" | "resumable">): SojournError {
    if (resumable !== true) return new SojournError("session_ended", { extra: { reason } });
    const methods = this.#confirming().map((method) => this.#describe(method));
    const challenge: StepUpChallenge = { methods, resumes: true };
    return new SojournError("session_ended", {
      detail: "The session has been idle for too long. Confirm that it is you to go on.",
      extra: { reason, challenge },
    });
  }

  /** The ways after which the session would have proven what is needed, as far as can be said before. */
  #methodsFor(session: Session, { aal, methods }: ProofNeeded): readonly StepUpMethod[] {
    const { policy } = this.#parts;
    const login = this.#confirming();
    const named = (name: string): boolean => login.some((method) => method.name === name);
    const helps = ({ name, proves }: ChallengedMethod): boolean => {
      // What nobody can say before may be just what is asked for.
      if (proves === undefined) return methods?.every((one) => one !== name && named(one)) !== true;
      const after = mergeProof(session, proofOf(proves), policy.acrLevels);
      const wanted = { ...(aal === undefined ? {} : { aal }), ...(methods === undefined ? {} : { methods }) };
      return hasProven({ ...session, ...after, method: name }, wanted, policy.acrLevels, 0);
    };
    return login.filter(helps).map((method) => this.#describe(method));
  }

  /** The ways that can confirm a session; what the app judges itself it confirms itself, with `auth.stepUp`. */
  #confirming(): readonly ChallengedMethod[] {
    return this.#parts.login.filter(({ kind }) => kind === "password" || kind === "redirect");
  }

  /** The context classes that reach a level, the lowest first. */
  #classesFrom(aal: AssuranceLevel): readonly string[] {
    const reaching = [...this.#parts.policy.acrLevels].filter(([, level]) => level >= aal);
    return reaching.toSorted(([, a], [, b]) => a - b).map(([acr]) => acr);
  }

  #describe({ kind, name }: ChallengedMethod): StepUpMethod {
    const { basePath } = this.#parts;
    return kind === "password"
      ? { method: name, how: "password", url: `${basePath}/step-up` }
      : { method: name, how: "redirect", url: `${basePath}/sign-in/${name}?stepUp=true` };
  }
}

function sentence({ freshFor, aal, methods }: ProofNeeded): string {
  const parts = [
    ...(freshFor === undefined ? [] : [`no longer than ${durationText(freshFor)} ago`]),
    ...(aal === undefined ? [] : [`at assurance level ${aal} or above`]),
    ...(methods === undefined ? [] : [`by ${methods.join(" or ")}`]),
  ];
  return `Confirm that it is you, ${parts.join(", ")}.`;
}

/**
 * The challenge as a header (RFC 9470 §3), for clients that know nothing of the body.
 *
 * @returns undefined for an error that asks for no step-up.
 */
export function stepUpHeader({ code, extra }: SojournError): string | undefined {
  if (code !== "step_up_required") return undefined;
  const { freshFor, acrValues } = (extra["challenge"] ?? {}) as Partial<StepUpChallenge>;
  const fields = [
    'error="insufficient_user_authentication"',
    ...(acrValues === undefined ? [] : [`acr_values="${acrValues.join(" ")}"`]),
    ...(freshFor === undefined ? [] : [`max_age="${freshFor}"`]),
  ];
  return `Bearer ${fields.join(", ")}`;
}

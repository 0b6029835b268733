import type { AssuranceLevel, SessionPolicy } from "./policy.ts";
import type { Principal } from "./principal.ts";
import type { Session } from "./session.ts";

/** How somebody proved who they are, and how strongly, as far as that was said. */
export interface Proof {
  /** Authentication methods (RFC 8176 §2). */
  readonly amr: readonly string[];
  /** Authentication context class; null if none was claimed. */
  readonly acr: string | null;
}

/** What a session's proofs come to after a new one. */
export interface MergedProof extends Proof {
  /**
   * Whether part of it is from before. That part is good for no longer than it was: the session keeps its
   * absolute end.
   */
  readonly keepsEnd: boolean;
}

type Levels = SessionPolicy["acrLevels"];

/** What somebody knows, has, or is. */
type Factor = "knowledge" | "possession" | "inherence";

/** The values of RFC 8176 §2 that name a factor. */
const factors: ReadonlyMap<string, Factor> = new Map<string, Factor>([
  ["kba", "knowledge"],
  ["pin", "knowledge"],
  ["pwd", "knowledge"],
  ["hwk", "possession"],
  ["otp", "possession"],
  ["pop", "possession"],
  ["sc", "possession"],
  ["sms", "possession"],
  ["swk", "possession"],
  ["tel", "possession"],
  ["face", "inherence"],
  ["fpt", "inherence"],
  ["iris", "inherence"],
  ["retina", "inherence"],
  ["vbm", "inherence"],
]);

/** The assurance level that a context class stands for; 0 where none was claimed, or one that nobody explained. */
export function levelOf(acr: string | null, levels: Levels): AssuranceLevel | 0 {
  return acr === null ? 0 : (levels.get(acr) ?? 0);
}

/** What a principal says of its proof. */
export function proofOf({ amr, acr }: Pick<Principal, "amr" | "acr">): Proof {
  return { amr: amr ?? [], acr: acr ?? null };
}

/**
 * What a session has proven once its user proves anew who they are. A proof that is worth as much by
 * itself stands alone, and begins everything anew. Otherwise what was proven before is kept beside it: a
 * higher class, or a factor of another kind, which together make multi-factor authentication (RFC 8176 §2 `mfa`).
 */
export function mergeProof(before: Proof, now: Proof, levels: Levels): MergedProof {
  const joins = isOfAnotherKind(before, now);
  const alone = levelOf(now.acr, levels);
  const { amr, acr } = join(before, now, levels);
  const together = levelOf(acr, levels);
  const addsNothing = together === alone && (alone >= 2 || !joins);
  return addsNothing ? { ...now, keepsEnd: false } : { amr, acr, keepsEnd: true };
}

/**
 * The same for a session that idled and is resumed: one factor and the session's secret suffice for AAL2
 * and for nothing above (NIST SP 800-63B-4 §2.2.3), and it goes on no longer than it would have.
 */
export function resumeProof(before: Proof, now: Proof, levels: Levels): MergedProof {
  const { amr, acr } = join(before, now, levels);
  const proven = levelOf(now.acr, levels);
  const tooHigh = levelOf(acr, levels) > Math.max(2, proven);
  return { amr, acr: tooHigh ? "aal2" : acr, keepsEnd: true };
}

/** Two proofs together: every method of both, and the higher class. */
function join(before: Proof, now: Proof, levels: Levels): Proof {
  const joins = isOfAnotherKind(before, now);
  const [kept, alone] = [levelOf(before.acr, levels), levelOf(now.acr, levels)];
  const amr = [...new Set([...before.amr, ...now.amr, ...(joins ? ["mfa"] : [])])];
  // Two factors of different kinds, each good for AAL1, are what AAL2 asks for (NIST SP 800-63B-4 §2.2.1).
  if (joins && Math.max(kept, alone) < 2 && Math.min(kept, alone) === 1) return { amr, acr: "aal2" };
  return { amr, acr: kept > alone ? before.acr : now.acr };
}

/** Whether the new proof brings a kind of factor that the proof before lacks. */
function isOfAnotherKind(before: Proof, now: Proof): boolean {
  const had = factorsOf(before);
  return had.size > 0 && [...factorsOf(now)].some((factor) => !had.has(factor));
}

function factorsOf({ amr }: Proof): ReadonlySet<Factor> {
  return new Set(amr.flatMap((method) => factors.get(method) ?? []));
}

/** What a sensitive call insists on. */
export interface ProofNeeded {
  /** How old the last proof may be, in ms. */
  readonly freshFor?: number;
  readonly aal?: AssuranceLevel;
  /** Ways to sign in, or methods of RFC 8176, of which one was used. */
  readonly methods?: readonly string[];
}

/** Whether a session has proven what is needed. */
export function hasProven(
  session: Pick<Session, "authTime" | "acr" | "amr" | "method">,
  { freshFor, aal, methods }: ProofNeeded,
  levels: Levels,
  now: number,
): boolean {
  if (freshFor !== undefined && now - Date.parse(session.authTime) > freshFor) return false;
  if (aal !== undefined && levelOf(session.acr, levels) < aal) return false;
  return methods === undefined || wasUsed(methods, session.method, session.amr);
}

/** Whether one of `methods` is the way somebody signed in, or one of its authentication methods. */
function wasUsed(methods: readonly string[], method: string, amr: readonly string[]): boolean {
  return methods.includes(method) || amr.some((one) => methods.includes(one));
}

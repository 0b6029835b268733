import { idleEnd } from "../domain/evaluate.ts";
import type { GenuineToken } from "./token-reader.ts";

/** A token is made anew once this share of the idle timeout has passed: daily for seven days. */
const renewAfterShare = 1 / 7;

/** Whether a token that holds a whole session should be made anew, where that can be. @param now ms since the epoch. */
export function isRenewalDue({ lifetimes, facts, issuedAt }: GenuineToken, now: number): boolean {
  const life = Math.min(idleEnd(facts, lifetimes) - issuedAt, lifetimes.idleTimeout);
  return now - issuedAt >= life * renewAfterShare;
}

import type { Random } from "../ports/random.ts";

/**
 * Bytes that look random and are the same in every run, so that a failure can be repeated. For tests
 * only: whoever knows the seed knows every secret made with it.
 *
 * @param seed any whole number; another seed gives other bytes.
 */
export function seededRandom(seed: number): Random {
  // Weyl sequence with a mixer (the "mulberry32" generator).
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 24;
  };
  return { bytes: (length) => Uint8Array.from({ length }, next) };
}

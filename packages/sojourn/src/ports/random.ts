/** Randomness from a CSPRNG, so that tests can repeat it. */
export interface Random {
  /** `length` fresh random bytes. */
  bytes(length: number): Uint8Array;
}

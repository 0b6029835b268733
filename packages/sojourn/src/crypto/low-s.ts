/** The order of the curve P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
export const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** Whether a signature (r and s, 32 bytes each) has the low `s`; see `withLowS` of `es256.ts`. */
export function hasLowS(signature: Uint8Array): boolean {
  return toBigInt(signature.subarray(32)) <= order / 2n;
}

/** The number that bytes stand for, the highest first. */
export function toBigInt(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
}

import { order, toBigInt } from "./low-s.ts";

/**
 * A private scalar between 1 and the order less 1, from 48 random bytes. 64 bits more than the order
 * has keep the remainder from favouring small numbers (FIPS 186-5 §A.2.1).
 */
export function scalarFromSeed(seed: Uint8Array): Buffer {
  return fromBigInt((toBigInt(seed) % (order - 1n)) + 1n);
}

/**
 * The signature with the smaller of its two values of `s`. Of every ECDSA signature (r, s) anyone can
 * make a second valid one, (r, order - s), without a key. We make and accept the low one, so that a
 * token cannot be respelled.
 *
 * @param signature r and s, 32 bytes each (RFC 7518 §3.4).
 */
export function withLowS(signature: Uint8Array): Buffer {
  const s = toBigInt(signature.subarray(32));
  return Buffer.concat([signature.subarray(0, 32), fromBigInt(s > order / 2n ? order - s : s)]);
}

function fromBigInt(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex");
}

import { timingSafeEqual } from "node:crypto";
import type { HashAlgorithm } from "./algorithms.ts";
import { digest } from "./digest.ts";

/** A keyed MAC over text. */
export interface Hmac {
  /** The MAC of the text's UTF-8 bytes, in base64url without padding. */
  mac(text: string): string;
  /**
   * Whether `mac` is the MAC of `text`. The spellings are compared, not the bytes they stand for:
   * so of all the ways to write one MAC in base64url only ours is accepted. Takes the same time
   * wherever the two differ.
   */
  matches(text: string, mac: string): boolean;
}

/** Bytes per block and per digest (FIPS 180-4 §1). */
const sizes: Readonly<Record<HashAlgorithm, { readonly block: number; readonly digest: number }>> = {
  sha256: { block: 64, digest: 32 },
  sha384: { block: 128, digest: 48 },
  sha512: { block: 128, digest: 64 },
};

/** The longest text that uses the scratch buffer; a cookie cannot hold more, and longer ones still work. */
const scratchCharacters = 4096;
/** UTF-8 needs at most this many bytes for one UTF-16 code unit. */
const bytesPerCharacter = 3;

/**
 * HMAC (RFC 2104): `H(K ^ opad, H(K ^ ipad, text))`. The two pads are laid out once at the head of
 * buffers that every call reuses, so a call is two one-shot hashes and nothing else.
 *
 * @param key at least as long as the digest (RFC 2104 §3), as keys from a key ring are.
 */
export function createHmac(algorithm: HashAlgorithm, key: Uint8Array): Hmac {
  const size = sizes[algorithm];
  // A longer key stands for its hash (RFC 2104 §2).
  const fitted = key.length > size.block ? Buffer.from(digest(algorithm, key, "binary"), "latin1") : key;
  const inner = padded(fitted, 0x36, size.block, scratchCharacters * bytesPerCharacter);
  const outer = padded(fitted, 0x5c, size.block, size.digest);

  const macLength = Math.ceil((size.digest * 4) / 3);
  const expected = Buffer.alloc(macLength);
  const presented = Buffer.alloc(macLength);

  const mac = (text: string): string => {
    let message: Uint8Array;
    if (text.length <= scratchCharacters) {
      const written = inner.write(text, size.block, "utf8");
      message = inner.subarray(0, size.block + written);
    } else {
      message = Buffer.concat([inner.subarray(0, size.block), Buffer.from(text, "utf8")]);
    }
    outer.write(digest(algorithm, message, "binary"), size.block, "latin1");
    return digest(algorithm, outer, "base64url");
  };

  const matches = (text: string, claimed: string): boolean => {
    if (claimed.length !== macLength) return false;
    // UTF-8 and the count of bytes see to it that a look-alike such as U+0141, whose low byte is
    // that of "A", is not taken for it, and that no byte of an earlier call is left in place.
    if (presented.write(claimed, "utf8") !== macLength) return false;
    expected.write(mac(text), "latin1");
    return timingSafeEqual(expected, presented);
  };

  return { mac, matches };
}

/** `K ^ pad` over one block, with room behind it. */
function padded(key: Uint8Array, pad: number, block: number, room: number): Buffer {
  const buffer = Buffer.alloc(block + room);
  for (let index = 0; index < block; index += 1) buffer[index] = (key[index] ?? 0) ^ pad;
  return buffer;
}

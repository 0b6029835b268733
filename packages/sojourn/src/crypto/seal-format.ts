import { keyIdPattern } from "./key-purposes.ts";

/** The version that sealed values begin with. */
export const sealVersion = "v1";
/** Node refuses requests with more than 16 KiB of headers. */
export const longestSealed = 16_384;
/** Bytes of an initialization vector, and of a tag (NIST SP 800-38D §5.2.1). */
export const sealSizes = { iv: 12, tag: 16 } as const;

const format = new RegExp(`^v1\\.(${keyIdPattern})\\.([A-Za-z0-9_-]{16})\\.([A-Za-z0-9_-]{22,})$`);

/** A sealed value in its parts. */
export interface Sealed {
  /** Which key it names. */
  readonly id: string;
  readonly iv: string;
  /** Ciphertext and tag. */
  readonly content: string;
}

/** The parts of `v1.<key id>.<iv>.<ciphertext and tag>`; null for any other text. */
export function parseSealed(sealed: string): Sealed | null {
  const [, id, iv = "", content = ""] = sealed.length > longestSealed ? [] : (format.exec(sealed) ?? []);
  return id === undefined ? null : { id, iv, content };
}

/** What is authenticated along with the text. @param name what the value is for, such as the cookie's name. */
export function sealContext(id: string, name: string): string {
  return `${sealVersion}.${id}.${name}`;
}

import * as crypto from "node:crypto";
import type { HashAlgorithm } from "./algorithms.ts";

/** How a digest is spelled; `binary` is the raw bytes, one character each. */
export type DigestEncoding = "base64url" | "binary";

/**
 * A hash in one call. The one-shot form makes no native handle for the garbage collector to free,
 * which is most of what a short hash costs; runtimes that lack it take the longer way.
 */
export const digest: (
  algorithm: HashAlgorithm,
  data: string | Uint8Array,
  encoding: DigestEncoding,
) => string = typeof crypto.hash === "function" ? crypto.hash : digestByHandle;

/** The same through `createHash`. */
export function digestByHandle(
  algorithm: HashAlgorithm,
  data: string | Uint8Array,
  encoding: DigestEncoding,
): string {
  return crypto.createHash(algorithm).update(data).digest(encoding);
}

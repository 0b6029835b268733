import type { HmacAlgorithm } from "../crypto/algorithms.ts";
import { webKeysOf } from "../crypto/web-keys.ts";
import { webMacKey } from "../crypto/web-mac-key.ts";
import { WebOpener } from "../crypto/web-opener.ts";
import { type WebUnseal, webUnseal } from "../crypto/web-seal.ts";
import type { TokenKind } from "../domain/claims.ts";
import type { KeySource } from "./key-source.ts";

/** The keys of the app's secrets. */
export async function secretKeys(
  secrets: readonly string[],
  alg: HmacAlgorithm,
  kind: TokenKind,
): Promise<KeySource> {
  const opener = new WebOpener(alg);
  const derived = secrets.map(async (secret) => webMacKey(await webKeysOf(secret), alg, kind));
  opener.replace(await Promise.all(derived));
  return { opener, ready: () => true, learn: () => null };
}

/** What opens cookies that were encrypted with a key of the app's secrets. */
export async function secretUnseal(secrets: readonly string[]): Promise<WebUnseal> {
  return webUnseal(await Promise.all(secrets.map(webKeysOf)));
}

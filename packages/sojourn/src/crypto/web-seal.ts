import { bytesFromBase64url, utf8 } from "./base64url.ts";
import { isCanonicalBase64url } from "./format.ts";
import { parseSealed, sealContext, sealSizes } from "./seal-format.ts";
import type { WebKeys } from "./web-keys.ts";

/** The text; null for what was not sealed under this name; `foreign` for what names a key that is not here. */
export type WebOpened = { readonly text: string } | "foreign" | null;

/** Opens a value that was sealed under a name. */
export type WebUnseal = (name: string, sealed: string) => Promise<WebOpened>;

/** Opens what a sealer of the server has sealed (AES-256-GCM), by WebCrypto. */
export async function webUnseal(rings: readonly WebKeys[]): Promise<WebUnseal> {
  const imported = rings.map(async (keys) => {
    const bytes = await keys.key("seal");
    return [keys.id, await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["decrypt"])] as const;
  });
  const byId = new Map(await Promise.all(imported));
  return async (name, sealed) => {
    const parts = parseSealed(sealed);
    if (parts === null) return null;
    const { id, iv, content } = parts;
    const key = byId.get(id);
    if (key === undefined) return "foreign";
    const [nonce, bytes] = [bytesFromBase64url(iv), bytesFromBase64url(content)];
    if (nonce === null || bytes === null || !isCanonicalBase64url(content)) return null;
    const additionalData = utf8(sealContext(id, name));
    const options = { name: "AES-GCM", iv: nonce, additionalData, tagLength: sealSizes.tag * 8 };
    try {
      return { text: new TextDecoder().decode(await crypto.subtle.decrypt(options, key, bytes)) };
    } catch {
      return null;
    }
  };
}

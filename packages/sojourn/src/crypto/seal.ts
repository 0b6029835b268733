import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { SojournError } from "../domain/errors.ts";
import { isCanonicalBase64url } from "./format.ts";
import type { SealPurpose } from "./key-purposes.ts";
import { type KeyRing, ownKey } from "./key-ring.ts";
import { longestSealed, parseSealed, sealContext, sealSizes, sealVersion } from "./seal-format.ts";

/** Encrypts what a browser or a store keeps for us and must neither read nor change. */
export interface Sealer {
  /**
   * @param name what the value is for, such as the cookie's name; it opens under this name only.
   * @throws {SojournError} `cookie_too_large` for more than a request header can hold.
   */
  seal(name: string, text: string): string;
  /** The text; null for anything that was not sealed under this name with a key of the ring. */
  open(name: string, sealed: string): string | null;
  /**
   * Whether a value names a key that the ring does not know, or not yet: nobody can say now what it is worth. The
   * ring looks for the key meanwhile, so the next request may find it.
   */
  isForeign(sealed: string): boolean;
}

/**
 * Seals with AES-256-GCM: `v1.<key id>.<iv>.<ciphertext and tag>`.
 *
 * Version, key id and name are authenticated along with the text, so a value moved from one cookie
 * to another does not open. The IVs are random, which is sound for 2^32 values per secret
 * (NIST SP 800-38D §8.3): a site that seals a hundred each second has a new secret due every year.
 *
 * @param purpose each has a key of its own.
 */
export function createSealer(ring: KeyRing, purpose: SealPurpose = "seal"): Sealer {
  return {
    seal(name, text) {
      const iv = randomBytes(sealSizes.iv);
      const { activeId } = ring;
      const key = createSecretKey(ownKey(ring, activeId, purpose));
      const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: sealSizes.tag });
      cipher.setAAD(Buffer.from(sealContext(activeId, name), "utf8"));
      const content = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      const sealed = `${sealVersion}.${activeId}.${iv.toString("base64url")}.${content.toString("base64url")}`;
      if (sealed.length <= longestSealed) return sealed;
      throw new SojournError("cookie_too_large", {
        detail: `The value of ${name} has ${sealed.length} characters once sealed, more than ${longestSealed}.`,
      });
    },

    open(name, sealed) {
      const parts = parseSealed(sealed);
      const key = parts === null ? null : ring.key(parts.id, purpose);
      // GCM vouches for the bytes, not for how they were spelled.
      if (parts === null || key === null || !isCanonicalBase64url(parts.content)) return null;
      const { id, iv, content } = parts;
      const bytes = Buffer.from(content, "base64url");
      // Without a fixed length a tag of four bytes would do, and could be guessed.
      const options = { authTagLength: sealSizes.tag };
      // As a key object: finding out what bare bytes are takes some Node versions longer than to decrypt.
      const decipher = createDecipheriv(
        "aes-256-gcm",
        createSecretKey(key),
        Buffer.from(iv, "base64url"),
        options,
      );
      decipher.setAAD(Buffer.from(sealContext(id, name), "utf8"));
      decipher.setAuthTag(bytes.subarray(-sealSizes.tag));
      const text = decipher.update(bytes.subarray(0, -sealSizes.tag));
      try {
        return Buffer.concat([text, decipher.final()]).toString("utf8");
      } catch {
        return null;
      }
    },

    isForeign(sealed) {
      const id = parseSealed(sealed)?.id;
      if (id === undefined || ring.key(id, purpose) !== null || ring.isRevoked(id)) return false;
      // If it cannot look now, whoever needs the ring next is told.
      ring.learn()?.catch(() => undefined);
      return true;
    },
  };
}

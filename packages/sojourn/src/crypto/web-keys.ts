import { latin1ToBase64url, utf8 } from "./base64url.ts";
import { keyIdDerivation, keyLength, type KeyPurpose, keySalt } from "./key-purposes.ts";

/** The keys of one secret, derived by WebCrypto: the same that a key ring derives by Node. */
export interface WebKeys {
  readonly id: string;
  key(purpose: KeyPurpose): Promise<ArrayBuffer>;
}

/** @param secret as it is given to `createAuth`. */
export async function webKeysOf(secret: string): Promise<WebKeys> {
  const source = await crypto.subtle.importKey("raw", utf8(secret), "HKDF", false, ["deriveBits"]);
  const derive = (info: string, length: number): Promise<ArrayBuffer> =>
    crypto.subtle.deriveBits(
      { name: "HKDF", hash: "SHA-256", salt: utf8(keySalt), info: utf8(info) },
      source,
      length * 8,
    );
  const id = await derive(keyIdDerivation.info, keyIdDerivation.length);
  return {
    id: latin1ToBase64url(String.fromCharCode(...new Uint8Array(id))),
    key: (purpose) => derive(purpose, keyLength(purpose)),
  };
}

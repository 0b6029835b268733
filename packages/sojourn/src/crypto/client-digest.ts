import { createHmac, type Hmac } from "./hmac.ts";
import type { KeyRing } from "./key-ring.ts";

/** Makes keyed digests of what a client sends: by them the same can be known again, and nothing else be learnt. */
export interface ClientDigest {
  /** The id of the key for new ones. */
  readonly activeId: string;
  /** @returns 48 bits as text; null for a key that is not in the ring any more. */
  of(text: string, keyId: string): string | null;
}

/** Short on purpose: two clients of one session never meet, and a longer digest would only say more. */
const digestLength = 8;

/** Digests by the keys of a ring, each of which is set up once. */
export function clientDigest(ring: KeyRing): ClientDigest {
  const byKey = new Map<string, Hmac>();
  return {
    activeId: ring.activeId,
    of(text, keyId) {
      let hmac = byKey.get(keyId);
      if (hmac === undefined) {
        const key = ring.key(keyId, "client");
        if (key === null) return null;
        byKey.set(keyId, (hmac = createHmac("sha256", key)));
      }
      return hmac.mac(text).slice(0, digestLength);
    },
  };
}

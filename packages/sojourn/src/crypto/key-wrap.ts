import { idOfSource, type KeyRing } from "./key-ring.ts";
import { createSealer } from "./seal.ts";

/** Under how many secrets a key is kept at most: the one in force and those that it replaces. */
const mostWraps = 3;

/**
 * A key as a store may keep it: sealed under each of the app's secrets, so that a node that does not know the
 * new secret yet can read it as well as one that does not know the old one any more. The key's id is
 * authenticated with it; none opens in another's place.
 *
 * @param wraps what there is already; what is sealed under a secret that the app does not give any more is
 * kept only with `keepForeign`.
 */
export function wrapKey(
  secrets: KeyRing,
  source: Uint8Array,
  wraps: readonly string[] = [],
  keepForeign = false,
): readonly string[] {
  const text = Buffer.from(source).toString("base64url");
  const own = secrets.ids
    .slice(0, mostWraps)
    .map(
      (secretId) =>
        wraps.find((wrap) => secretOf(wrap) === secretId) ??
        createSealer({ ...secrets, activeId: secretId }, "key-wrap").seal(idOfSource(source), text),
    );
  const foreign = wraps.filter((wrap) => !secrets.ids.includes(secretOf(wrap)));
  return keepForeign ? [...own, ...foreign].slice(0, mostWraps) : own;
}

/** The 32 bytes that a key is derived from; null if none of the app's secrets opens it. */
export function unwrapKey(secrets: KeyRing, id: string, wraps: readonly string[]): Uint8Array | null {
  const sealer = createSealer(secrets, "key-wrap");
  for (const wrap of wraps) {
    const text = sealer.open(id, wrap);
    if (text !== null) return Buffer.from(text, "base64url");
  }
  return null;
}

function secretOf(wrap: string): string {
  return wrap.split(".")[1] ?? "";
}

import type { MaybePromise } from "../domain/maybe-promise.ts";

/**
 * Something that is made with its first use, and at hand from then on. Who comes while it is being made makes
 * it again, rather than wait for what another request began and may have taken with it.
 */
export function lazily<Made>(make: () => Promise<Made>): () => MaybePromise<Made> {
  let made: { readonly it: Made } | null = null;
  return () => made?.it ?? make().then((it) => (made ??= { it }).it);
}

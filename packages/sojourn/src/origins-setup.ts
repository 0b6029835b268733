import { clientDigest } from "./crypto/client-digest.ts";
import type { Ground } from "./ground.ts";
import { watchesAnomalies } from "./origin-options.ts";
import type { EntryStore } from "./ports/entry-store.ts";
import { Origins, type OriginVerbs } from "./session/origins.ts";

/** Where sessions began and are used from; null where the app wants none of it known. */
export function originsOf(
  ground: Ground,
  entries: EntryStore | undefined,
  verbs: () => OriginVerbs,
): Origins | null {
  const { options, sessions, secrets, clock, events, privacy, callbacks } = ground;
  const isWatched = watchesAnomalies(options);
  if (sessions === null || entries === undefined || (options.place === undefined && !isWatched)) return null;
  return new Origins(async () => {
    const { keptOrigins } = await import("./session/kept-origins.ts");
    return keptOrigins({
      entries,
      sessions,
      digest: clientDigest(secrets),
      privacy,
      clock,
      events,
      lookup: options.place ?? null,
      watch: isWatched ? { answer: callbacks.anomaly, ...verbs() } : null,
    });
  });
}

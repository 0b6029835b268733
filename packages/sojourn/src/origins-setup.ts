import { watchesAnomalies } from "./client-options.ts";
import type { Ground } from "./ground.ts";
import type { EntryStore } from "./ports/entry-store.ts";
import type { LoadedOrigins, Origins, OriginVerbs } from "./session/origins.ts";
import type { MaybePromise } from "./domain/maybe-promise.ts";

/** Where sessions began and are used from. @param verbs are asked for once something is loaded. */
export function originsOf(
  ground: Ground,
  entries: EntryStore | undefined,
  verbs: () => OriginVerbs,
): Origins {
  const { options, sessions } = ground;
  const isWatched = watchesAnomalies(options);
  if (sessions === null || entries === undefined || (options.place === undefined && !isWatched)) return null;
  let origins: MaybePromise<LoadedOrigins> | undefined;
  return () =>
    (origins ??= import("./session/kept-origins.ts").then(
      ({ keptOrigins }) =>
        (origins = keptOrigins({
          ...ground,
          entries,
          sessions,
          lookup: options.place ?? null,
          watch: isWatched ? verbs() : null,
        })),
    ));
}

import { watchesAnomalies } from "./client-options.ts";
import type { Ground } from "./ground.ts";
import type { EntryStore } from "./ports/entry-store.ts";
import type { LoadedClients, SessionClients, ClientVerbs } from "./session/session-clients.ts";
import type { MaybePromise } from "./domain/maybe-promise.ts";

/** Where sessions began and are used from. @param verbs are asked for once something is loaded. */
export function sessionClientsOf(
  ground: Ground,
  entries: EntryStore | undefined,
  verbs: () => ClientVerbs,
): SessionClients {
  const { options, sessions } = ground;
  const isWatched = watchesAnomalies(options);
  if (sessions === null || entries === undefined || (options.place === undefined && !isWatched)) return null;
  let clients: MaybePromise<LoadedClients> | undefined;
  return () =>
    (clients ??= import("./session/kept-clients.ts").then(
      ({ keptClients }) =>
        (clients = keptClients({
          ...ground,
          entries,
          sessions,
          lookup: options.place ?? null,
          watch: isWatched ? verbs() : null,
        })),
    ));
}

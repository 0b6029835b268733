import type { SessionReply } from "../contract/types.ts";
import type { authorizedFetch, Renewing } from "./authorized-fetch.ts";
import type { Calls, callsOf } from "./calls.ts";
import { type Fetch, unreached } from "./connection.ts";
import { inPage } from "./environment.ts";
import type { Result } from "./result.ts";
import type { ReadResult, SessionKeeper } from "./session-keeper.ts";
import type { Tokens, TokenStorage } from "./token-storage.ts";
import type { Watch, WatchSettings } from "./watch.ts";

/*
 * What not every page needs is loaded by those that do: the keeping up by pages that look at the session, the keeping of
 * tokens by clients with header transport, the calls and the wrapping of `fetch` by those who use them.
 */

/** In ms. */
const untilLoadedAgain = 10_000;

/** Loads once, and again where that failed: it may have been the network. */
function once<Part>(load: () => Promise<Part>): () => Promise<Part> {
  let loading: Promise<Part> | null = null;
  return () =>
    (loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    }));
}

/** Keeps the session up. @returns what stops it. */
export function lazyWatch(keeper: SessionKeeper, settings: WatchSettings): () => void {
  // The first question need not wait for what asks the later ones. A server that renders a page has no cookie to ask with.
  if (keeper.known === null && (inPage() || keeper.parts.connection.tokens)) void keeper.read();
  let watch: Watch | null = null;
  let isOver = false;
  const load = (): void =>
    void import("./watch.ts")
      .then((module) => {
        if (!isOver) watch = new module.Watch(keeper, settings);
      })
      // Unwatched, the session would end or run out without the page knowing.
      .catch(() => isOver || setTimeout(load, untilLoadedAgain));
  load();
  return () => {
    isOver = true;
    watch?.stop();
  };
}

/** Makes the credential anew. */
export function lazyRenew(keeper: SessionKeeper, isDue?: () => boolean): Promise<ReadResult> {
  return import("./renewal.ts")
    .then(({ renew }) => renew(keeper, isDue))
    .catch(unreached<SessionReply | null>);
}

/** Keeps the tokens of a client. */
export function lazyTokens(storage: TokenStorage | undefined, key: string): Tokens {
  const load = once(() => import("./token-storage.ts").then(({ keepTokens }) => keepTokens(storage, key)));
  return {
    read: async () => (await load()).read(),
    keep: async (...kept) => (await load()).keep(...kept),
    clear: async () => (await load()).clear(),
  };
}

/** `fetch` with what proves who is asking. */
export function lazyFetch(...parts: Parameters<typeof authorizedFetch>): Fetch {
  const load = once(() => import("./authorized-fetch.ts").then((module) => module.authorizedFetch(...parts)));
  return async (input, init) => (await load())(input, init);
}

/** Runs something, and once more if it failed for want of a session. */
export async function lazyWithAuth<T>(work: () => Promise<T>, renews: Renewing): Promise<T> {
  return (await import("./authorized-fetch.ts")).runWithAuth(work, renews);
}

/** What can be asked of the server, by name. */
export function lazyCalls(...parts: Parameters<typeof callsOf>): (name: keyof Calls) => unknown {
  const loading = async (): Promise<Calls> => (await import("./calls.ts")).callsOf(...parts);
  return (name) =>
    (...args: never[]) =>
      loading()
        .then((calls) => (calls[name] as (...args: never[]) => Promise<Result<unknown>>)(...args))
        .catch(unreached);
}

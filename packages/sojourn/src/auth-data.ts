import type { AuthOptions } from "./auth-options.ts";
import type { ExposedDataOf } from "./domain/data-schema.ts";
import type { SessionContents, SessionContentsParts, SessionTarget } from "./session-contents.ts";

/**
 * What an app keeps in its sessions. Each verb takes a request, for the session of its sender, or a sid, which must not
 * come from a client. An outage is `store_unavailable`; a key that is not declared, `data_key_unknown`.
 */
export interface AuthData<Values = Readonly<Record<string, unknown>>, Inputs = Values> {
  /** @returns undefined where there is none, no live session, or a value that its schema no longer passes. */
  get<Key extends keyof Values & string>(target: SessionTarget, key: Key): Promise<Values[Key] | undefined>;
  /** All that is there and passes, at the price of one value. */
  all(target: SessionTarget): Promise<Partial<Values>>;
  /**
   * Sets one key; requests that set different keys at once lose nothing.
   *
   * @throws {SojournError} `invalid_input`, `data_too_large`, `unauthenticated`, `session_ended`.
   */
  set<Key extends keyof Inputs & string>(target: SessionTarget, key: Key, value: Inputs[Key]): Promise<void>;
  /** @throws {SojournError} `unauthenticated`, `session_ended`. */
  delete(target: SessionTarget, key: keyof Values & string): Promise<void>;
  /** Reads and removes: of any number of requests at once one gets the value. @returns as `get`. */
  take<Key extends keyof Values & string>(target: SessionTarget, key: Key): Promise<Values[Key] | undefined>;
}

/** Messages that wait in a session until they are shown, once. The verbs take what those of {@link AuthData} do. */
export interface AuthFlash<Message = unknown, Input = Message> {
  /** At most 10 wait; one more, and the oldest is gone. @throws {SojournError} `invalid_input`, `data_too_large`, `unauthenticated`, `session_ended`. */
  add(target: SessionTarget, message: Input): Promise<void>;
  /** The messages that wait, the oldest first. Each is given to one request alone; without a session there are none. */
  take(target: SessionTarget): Promise<readonly Message[]>;
}

/** The user of an app, from `typeof auth`. */
export type UserOf<App> = App extends { getSession(request: Request): Promise<infer Live> }
  ? NonNullable<Live> extends { readonly user: infer User }
    ? User
    : never
  : never;

/** What `GET /session` of an app shows of session data, from `typeof auth`. */
export type ExposedData<App> = App extends { readonly declared?: infer Declared }
  ? ExposedDataOf<NonNullable<Declared>>
  : never;

/** Loads what the verbs of session data work with. */
export type LoadContents = () => Promise<SessionContents>;

/** How the contents of sessions load, with the first call that asks for them. */
export function contentsOf(parts: SessionContentsParts, { session = {} }: AuthOptions): LoadContents {
  let contents: Promise<SessionContents> | null = null;
  const load = async (): Promise<SessionContents> => {
    const { SessionContents: Contents } = await import("./session-contents.ts");
    return new Contents(parts, session.data ?? null, session.flash ?? null);
  };
  return () => (contents ??= load());
}

/** The verbs as an app calls them. */
export function dataVerbs(load: LoadContents): { readonly data: AuthData; readonly flash: AuthFlash } {
  // Inside, values are whatever passed their schema; the types of the app's declarations hold for what comes out.
  const verbs = {
    data: {
      get: async (target: SessionTarget, key: string) => (await load()).get(target, key),
      all: async (target: SessionTarget) => (await load()).all(target),
      set: async (target: SessionTarget, key: string, value: unknown) =>
        (await load()).set(target, key, value),
      delete: async (target: SessionTarget, key: string) => (await load()).delete(target, key),
      take: async (target: SessionTarget, key: string) => (await load()).take(target, key),
    },
    flash: {
      add: async (target: SessionTarget, message: unknown) => (await load()).addMessage(target, message),
      take: async (target: SessionTarget) => (await load()).takeMessages(target),
    },
  };
  return verbs as unknown as { readonly data: AuthData; readonly flash: AuthFlash };
}

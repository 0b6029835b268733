import type { AuthOptions } from "./auth-options.ts";
import type { ExposedDataOf } from "./domain/data-schema.ts";
import type { JsonValue } from "./domain/session.ts";
import type { StoredSession } from "./session/session-manager.ts";
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

/** Session data that no schema has seen: for what the app does not declare, or no longer. */
export interface RawData {
  getData(sid: string, key: string): Promise<JsonValue | undefined>;
  /** At most 32 KiB of JSON per session. */
  setData(sid: string, key: string, value: JsonValue): Promise<void>;
  deleteData(sid: string, key: string): Promise<void>;
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

/** The verbs of session data, and those of `sessions` that come to it. */
export interface DataVerbs {
  readonly data: AuthData;
  readonly flash: AuthFlash;
  readonly stored: RawData & { get(sid: string): Promise<StoredSession | null> };
}

/** The verbs as an app calls them. */
export function dataVerbs(load: LoadContents): DataVerbs {
  // Inside, values are whatever passed their schema; the types of the app's declarations hold for what comes out.
  const verb =
    <Name extends ContentsVerb>(name: Name) =>
    async (...args: Parameters<SessionContents[Name]>): Promise<unknown> => {
      const contents = (await load()) as Record<ContentsVerb, (...args: readonly unknown[]) => unknown>;
      return contents[name](...args);
    };
  const data = {
    get: verb("get"),
    all: verb("all"),
    set: verb("set"),
    delete: verb("delete"),
    take: verb("take"),
  };
  const flash = { add: verb("addMessage"), take: verb("takeMessages") };
  const stored = {
    get: verb("stored"),
    getData: verb("getRaw"),
    setData: verb("setRaw"),
    deleteData: verb("deleteRaw"),
  };
  return { data, flash, stored } as DataVerbs;
}

type ContentsVerb = Exclude<keyof SessionContents, "exposed">;

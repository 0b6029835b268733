/*
 * What a browser has and other places may lack: each part is looked for before it is used, and nothing here
 * needs the types of the DOM.
 */

interface Listening {
  addEventListener(type: string, listener: (event: never) => void, options?: object): void;
  removeEventListener(type: string, listener: (event: never) => void): void;
}

/** Web Locks, as far as they are used here. */
interface Locks {
  request<T>(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    work: (lock: object | null) => T,
  ): Promise<Awaited<T>>;
}

interface Surroundings extends Partial<Listening> {
  readonly document?: Listening & { readonly visibilityState: string; readonly cookie: string };
  readonly navigator?: { readonly locks?: Locks };
  readonly location?: { readonly origin: string };
  readonly localStorage?: object;
}

/** What is around. */
export const around: Surroundings = globalThis as unknown as Surroundings;

/** Whether this is a page in a browser. */
export const inPage = (): boolean => around.document !== undefined;

/** Whether the other tabs of this origin read and write the same storage. */
export function isSharedByTabs(storage: object | undefined): boolean {
  try {
    return storage !== undefined && storage === around.localStorage;
  } catch {
    // Where storage is forbidden, to look at it is.
    return false;
  }
}

/** The origin of this page, if it is one that has an origin; of a file, or in a sandbox, it is opaque. */
export function pageOrigin(): string | undefined {
  const origin = around.location?.origin;
  return origin === "null" ? undefined : origin;
}

/** Whether page scripts see a cookie whose name ends like this and whose value is 1. */
export const hasCookie = (name: string): boolean =>
  (around.document?.cookie ?? "").split("; ").some((pair) => pair.endsWith(`${name}=1`));

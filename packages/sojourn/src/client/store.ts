/**
 * A value that tells when it changes: a nanostore in all that its bindings for React, Vue, Solid and others use, and
 * a store as Svelte has them.
 */
export interface ReadableStore<Value> {
  /** Now. Looking once does not begin anything. */
  get(): Value;
  readonly value: Value;
  /** At the start, or what it was hydrated with: what a page that was rendered on a server begins with. */
  readonly init: Value;
  /** How many listen. */
  readonly lc: number;
  /** Calls back with each change. @returns what stops it. */
  listen(listener: (value: Value, before: Value | undefined) => void): () => void;
  /** The same, and once at the start. */
  subscribe(listener: (value: Value, before?: Value) => void): () => void;
  notify(before?: Value): void;
  eq(before: Value | undefined, after: Value): boolean;
  off(): void;
}

/** Calls all, also where one throws: what is wrong with a listener is not for the others, or the caller, to bear. */
export function callEach<Args extends readonly unknown[]>(
  listeners: Iterable<(...args: Args) => void>,
  ...args: Args
): void {
  for (const listener of listeners)
    try {
      listener(...args);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
}

/** A store and what changes it. */
export interface WritableStore<Value> extends ReadableStore<Value> {
  value: Value;
  init: Value;
  set(value: Value): void;
  /** Nothing keeps the value up any more, whoever listens. */
  end(): void;
}

/** So long after the last one left listening stops; a component that is only shown anew comes back at once. */
const lingering = 1000;

/**
 * Makes a store.
 *
 * @param start begins what keeps the value up, with the first who listens. It returns what ends that.
 */
export function createStore<Value>(value: Value, start: () => () => void): WritableStore<Value> {
  const listeners = new Set<(value: Value, before: Value | undefined) => void>();
  let begin = start;
  let stop: (() => void) | null = null;
  const store: WritableStore<Value> = {
    value,
    init: value,
    get: () => store.value,
    get lc() {
      return listeners.size;
    },
    listen(listener) {
      // One function may listen twice.
      const own: typeof listener = (...change) => listener(...change);
      listeners.add(own);
      stop ??= begin();
      return () => {
        listeners.delete(own);
        setTimeout(() => {
          if (listeners.size > 0) return;
          stop?.();
          stop = null;
        }, lingering);
      };
    },
    subscribe(listener) {
      listener(store.value);
      return store.listen(listener);
    },
    set(next) {
      const before = store.value;
      store.value = next;
      store.notify(before);
    },
    notify(before) {
      // Nanostores that are computed from others look here for whether anything has changed.
      const { nanostoresGlobal } = globalThis as { nanostoresGlobal?: { epoch: number } };
      if (nanostoresGlobal) nanostoresGlobal.epoch += 1;
      callEach(listeners, store.value, before);
    },
    end() {
      stop?.();
      stop = null;
      begin = () => () => {};
    },
    eq: Object.is,
    off: () => {},
  };
  return store;
}

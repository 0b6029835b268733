/** A value now, or later. What runs in the process answers at once, and the hot path stays synchronous. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with `next` at once where the value is there, and later where it is not. */
export function andThen<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

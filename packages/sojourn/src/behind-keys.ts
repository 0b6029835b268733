import type { Auth } from "./auth.ts";
import { isSojournError } from "./domain/errors.ts";
import type { MaybePromise } from "./domain/maybe-promise.ts";
import { type EventLog, noContext } from "./session/event-log.ts";
import type { KeyGate } from "./session/key-gate.ts";

/** What needs no key, or waits for the keys by itself. */
const open: ReadonlySet<string> = new Set<keyof Auth>([
  "handler",
  "keys",
  "audit",
  "ready",
  "policy",
  "migrate",
  "close",
  "basePath",
  "origin",
  "clientAddress",
  "protect",
  "watch",
  "eventStream",
  "createSessionCookie",
  "clearSessionCookie",
]);

/** The state of a request while the keys cannot be read: nobody knows whose it is. */
type Unavailable = { readonly status: "unavailable"; readonly retryAfter: number };

/** The same verbs, each of which first makes sure that this node knows the keys as they are now. */
export function behindKeys(auth: Auth, gate: KeyGate, events: EventLog): Auth {
  /** An outage is a state, for verbs that tell it as one; anything else is a failure. */
  const outage = (error: unknown): Unavailable => {
    if (!isSojournError(error, "store_unavailable")) throw error;
    events.emit({ type: "store_unavailable", operation: "keys" }, noContext);
    events.failure("sojourn: the keys cannot be read", error);
    return { status: "unavailable", retryAfter: error.retryAfter ?? 1 };
  };
  const orOutage = async <T>(verb: () => Promise<T>): Promise<T | Unavailable> => {
    try {
      await gate.ready();
    } catch (error) {
      return outage(error);
    }
    return verb();
  };
  /** At once where the keys are there. */
  const atOnce = <T>(verb: () => MaybePromise<T>, failed: (error: unknown) => T): MaybePromise<T> => {
    try {
      const ready = gate.ready();
      if (ready instanceof Promise) return ready.then(verb, failed);
    } catch (error) {
      return failed(error);
    }
    return verb();
  };
  return {
    ...(waiting(auth as unknown as Verbs, gate) as unknown as Auth),
    authenticate: (request, options) => orOutage(() => auth.authenticate(request, options)),
    refresh: (request, options) => orOutage(() => auth.refresh(request, options)),
    verify: (headers, options) => atOnce(() => auth.verify(headers, options), outage),
    visit: (request, options) =>
      atOnce(
        () => auth.visit(request, options),
        (error) => ({ state: outage(error), cookies: [] }),
      ),
  };
}

type Verb = (...args: readonly unknown[]) => unknown;
interface Verbs {
  readonly [name: string]: Verb | Verbs;
}

function waiting(verbs: Verbs, gate: KeyGate): Verbs {
  const entries = Object.entries(verbs).map(([name, verb]) => {
    if (open.has(name)) return [name, verb] as const;
    if (typeof verb !== "function") return [name, waiting(verb, gate)] as const;
    const behind: Verb = async (...args) => {
      await gate.ready();
      return verb(...args);
    };
    return [name, behind] as const;
  });
  return Object.fromEntries(entries);
}

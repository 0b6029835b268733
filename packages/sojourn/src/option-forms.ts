import { invalidOption, refuseUnknown } from "./domain/options.ts";
import type { BaseUser } from "./domain/principal.ts";
import type { Callbacks } from "./session/callbacks.ts";

/** The options whose form is checked here, as a caller without types may give them. */
export interface FormOptions {
  readonly store?: unknown;
  readonly login?: unknown;
  readonly callbacks?: object;
  readonly jwt?: { readonly fields?: unknown };
  readonly services?: unknown;
  readonly trustedOrigins?: unknown;
  readonly onEvent?: unknown;
}

const knownCallbacks: ReadonlySet<string> = new Set<keyof Callbacks<BaseUser, object>>([
  "user",
  "jwt",
  "session",
  "upgraded",
  "anomaly",
  "lifetimes",
]);

/**
 * Holds to their form what an app puts together itself. What types say is said here to whoever has none: a callback of
 * another name would never be called.
 *
 * @throws {SojournError} `config_invalid`.
 */
export function checkForms(options: FormOptions): void {
  const { store, login, callbacks = {}, jwt, services, trustedOrigins, onEvent } = options;
  if (store !== undefined && !isStore(store)) {
    throw invalidOption(
      'store must be a store itself, such as sqlite("app.db") from "sojourn/sqlite": no promise of one, nor the function that makes one.',
    );
  }
  if (login !== undefined && !isListOf(login, "function"))
    throw invalidOption(
      'login must be a list of ways to sign in, such as [password()] of "sojourn/password".',
    );
  refuseUnknown("callbacks.", callbacks, knownCallbacks);
  for (const [name, one] of Object.entries({ ...callbacks, onEvent })) {
    if (one === undefined || typeof one === "function") continue;
    throw invalidOption(`${name === "onEvent" ? name : `callbacks.${name}`} must be a function.`);
  }
  const lists = { "jwt.fields": jwt?.fields, services, trustedOrigins };
  for (const [name, list] of Object.entries(lists)) {
    if (list !== undefined && !isListOf(list, name === "services" ? "object" : "string"))
      throw invalidOption(`${name} must be a list.`);
  }
}

/** Whether something is a list of what is of a type. */
export function isListOf(list: unknown, type: "string" | "function" | "object"): boolean {
  return Array.isArray(list) && list.every((one) => one !== null && typeof one === type);
}

function isStore(store: unknown): boolean {
  return typeof store === "object" && store !== null && "sessions" in store && "migrate" in store;
}

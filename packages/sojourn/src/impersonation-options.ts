import type { Duration } from "./domain/duration.ts";
import { durationToMs } from "./domain/duration.ts";
import { SojournError } from "./domain/errors.ts";
import { invalidOption, refuseUnknown } from "./domain/options.ts";
import type { MaybePromise } from "./domain/maybe-promise.ts";
import type { BaseUser } from "./domain/principal.ts";

/** The `impersonation` option of `createAuth`: whether somebody may act as another user. */
export interface ImpersonationOptions<User extends BaseUser = BaseUser> {
  /** Whether `admin` may act as `target`. Asked each time; anything but true refuses. */
  readonly allow: (admin: User, target: User) => MaybePromise<boolean>;
  /** How recently the admin must have proven who they are. Default: `session.freshFor`. */
  readonly freshFor?: Duration;
}

const known: ReadonlySet<string> = new Set<keyof ImpersonationOptions>(["allow", "freshFor"]);

/** Refuses what cannot work. @param stored whether sessions can be ended. @throws {SojournError} `config_invalid`, `config_store_required`. */
export function checkImpersonation(options: ImpersonationOptions | undefined, stored: boolean): void {
  if (options === undefined) return;
  refuseUnknown("impersonation.", options, known);
  if (typeof options.allow !== "function")
    throw invalidOption("impersonation.allow must be a function that says who may act as whom.");
  if (options.freshFor !== undefined && durationToMs(options.freshFor, "impersonation.freshFor") === 0)
    throw invalidOption("impersonation.freshFor must be longer than 0, or nobody is ever recent enough.");
  if (!stored) {
    throw new SojournError("config_store_required", {
      detail:
        'impersonation needs a store, such as sqlite("app.db") from "sojourn/sqlite": a session in which somebody acts as another must be possible to end.',
    });
  }
}

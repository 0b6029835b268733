import { SojournError } from "./domain/errors.ts";

/** What an app wants known of where its sessions are used from, and what that takes. */
export interface OriginOptions {
  readonly place?: unknown;
  readonly anomalies?: boolean;
  readonly callbacks?: { readonly anomaly?: unknown };
  readonly store?: { readonly entries?: unknown };
  readonly strategy?: string;
  readonly revocations?: string;
}

/** Whether the use of sessions is compared with where they began. */
export function watchesAnomalies({
  anomalies,
  callbacks,
}: Pick<OriginOptions, "anomalies" | "callbacks">): boolean {
  return anomalies ?? callbacks?.anomaly !== undefined;
}

/** Refuses what cannot work. @throws {SojournError} `config_invalid`, `config_store_required`. */
export function checkClientOrigins(options: OriginOptions): void {
  const { place, anomalies, callbacks, store, strategy, revocations } = options;
  if (place !== undefined && typeof place !== "function")
    throw invalid("place must be a function that tells where an address is.");
  if (anomalies !== undefined && typeof anomalies !== "boolean")
    throw invalid("anomalies must be true or false.");
  if (callbacks?.anomaly !== undefined && typeof callbacks.anomaly !== "function")
    throw invalid("callbacks.anomaly must be a function that answers what to do.");
  if (anomalies === false && callbacks?.anomaly !== undefined)
    throw invalid(
      "anomalies: false and callbacks.anomaly: the callback would never be called. Leave one of them out.",
    );
  const isStored = store !== undefined && !(strategy !== "hybrid" && revocations === "none");
  if (isStored && store.entries !== undefined) return;
  const wanted = place !== undefined ? "place" : watchesAnomalies(options) ? "anomalies" : null;
  if (wanted === null) return;
  throw new SojournError("config_store_required", {
    detail: `${wanted} needs a store that keeps small records beside the sessions, such as sqlite("app.db") from "sojourn/sqlite".`,
  });
}

function invalid(detail: string): SojournError {
  return new SojournError("config_invalid", { detail });
}

import type { Device } from "../domain/device.ts";
import type { EventFacts, SojournEvent } from "../domain/events.ts";
import { toIso } from "../domain/iso-time.ts";
import { andThen } from "../domain/maybe-promise.ts";
import type { RequestContext, ToldContext } from "../domain/request-context.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventSink, Logger } from "../ports/event-sink.ts";
import type { ClientPrivacy } from "./client-privacy.ts";

export type { RequestContext } from "../domain/request-context.ts";

/** The context of what happens without a request. */
export const noContext: RequestContext = { ip: null, userAgent: null };

/** What an operator should look at; the rest is everyday. */
const alarming: ReadonlySet<SojournEvent["type"]> = new Set<SojournEvent["type"]>([
  "audit_events_lost",
  "authn_token_reuse",
  "cookie_duplicate",
  "credential_misplaced",
  "csrf_refused",
  "key_lost",
  "key_revoked",
  "excess_rate_limit_exceeded",
  "session_anomaly",
  "store_unavailable",
]);

/** Keeps events in the store, behind whoever caused them. */
export interface EventKeeper {
  /** @param device what the user agent named, where that itself is not told. */
  keep(event: SojournEvent, device?: Device): void;
  flush(): Promise<void>;
  /** Writes what it can and gives up the rest. */
  close(): Promise<void>;
}

/** Tells the app's event sink and logger what happened. Neither can disturb a request. */
export class EventLog {
  readonly #clock: Clock;
  readonly #sink: EventSink | null;
  readonly #logger: Logger | null;
  readonly #privacy: ClientPrivacy | null;
  #loadKeeper: (() => Promise<EventKeeper>) | null = null;

  /** @param privacy what of clients may be told; null for everything. */
  constructor(
    clock: Clock,
    sink: EventSink | null,
    logger: Logger | null,
    privacy: ClientPrivacy | null = null,
  ) {
    this.#privacy = privacy;
    this.#clock = clock;
    this.#sink = sink;
    this.#logger = logger;
  }

  /** From now on what happens is kept, by what `load` gives. */
  keepWith(load: () => Promise<EventKeeper>): void {
    this.#loadKeeper = load;
  }

  /** Waits until what has happened so far is kept, where it is kept at all and the store is there. */
  kept(): Promise<void> {
    return this.#withKeeper((keeper) => keeper.flush());
  }

  /** Keeps what can be kept now, and tells of the rest. */
  close(): Promise<void> {
    return this.#withKeeper((keeper) => keeper.close());
  }

  emit(facts: EventFacts, context: RequestContext): void {
    if (this.#sink === null && this.#logger === null && this.#loadKeeper === null) return;
    const at = toIso(this.#clock.now());
    const told = andThen(this.#privacy?.told(context) ?? context, ({ ip, userAgent, device }: ToldContext) =>
      this.#tell({ at, ip, userAgent, ...facts } as SojournEvent, device),
    );
    if (told instanceof Promise) told.catch((error: unknown) => this.#sinkFailed(error));
  }

  #tell(event: SojournEvent, device: Device | undefined): void {
    this.#log(event);
    void this.#withKeeper((keeper) => keeper.keep(event, device));
    try {
      const result = this.#sink?.(event);
      if (result instanceof Promise) result.catch((error: unknown) => this.#sinkFailed(error));
    } catch (error) {
      this.#sinkFailed(error);
    }
  }

  /** Something went wrong that no caller is told of in detail. */
  failure(message: string, error: unknown): void {
    this.#write("error", () => ({ error: describe(error) }), message);
  }

  /** What an operator should look at, without being an event. */
  warn(fields: object, message: string): void {
    this.#write("warn", () => fields, message);
  }

  trace(fields: object, message: string): void {
    this.#write("trace", () => fields, message);
  }

  async #withKeeper(act: (keeper: EventKeeper) => void | Promise<void>): Promise<void> {
    if (this.#loadKeeper === null) return;
    try {
      await act(await this.#loadKeeper());
    } catch (error) {
      this.failure("sojourn: events cannot be kept", error);
    }
  }

  #log(event: SojournEvent): void {
    const level = alarming.has(event.type) ? "warn" : "info";
    this.#write(level, () => event, `sojourn: ${event.type}`);
  }

  #sinkFailed(error: unknown): void {
    this.failure("sojourn: onEvent failed", error);
  }

  #write(level: "trace" | "info" | "warn" | "error", fields: () => object, message: string): void {
    try {
      this.#logger?.[level]?.(fields(), message);
    } catch {
      // A logger that fails leaves nobody to tell.
    }
  }
}

/** The name, message and causes of an error, without the objects that hang on it. */
function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: describe(error.cause) }),
  };
}

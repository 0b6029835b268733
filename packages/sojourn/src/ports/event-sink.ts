import type { SojournEvent } from "../domain/events.ts";

/** Where events go. A sink that throws or rejects never disturbs the request. */
export type EventSink = (event: SojournEvent) => void | Promise<void>;

/** Any logger with these methods: console, pino, winston, ... */
export interface Logger {
  trace?(fields: object, message: string): void;
  debug?(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

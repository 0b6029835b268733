import type { Device } from "./device.ts";

/** Where a request comes from. */
export interface RequestContext {
  /** The client's address, as far as the configured proxies can be believed; null if unknown. */
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** The same as it may be told. */
export interface ToldContext extends RequestContext {
  /** Where the user agent itself is not told: the device that it named. */
  readonly device?: Device;
}

/** User agents longer than this are cut before anything looks at them. */
export const longestUserAgent = 512;

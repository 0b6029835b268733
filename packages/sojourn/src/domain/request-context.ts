/** Where a request comes from. */
export interface RequestContext {
  /** The client's address, as far as the configured proxies can be believed; null if unknown. */
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** User agents longer than this are cut before anything looks at them. */
export const longestUserAgent = 512;

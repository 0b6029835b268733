let offset = 0;

/**
 * Learns the server's clock. A session ends by it, and a visitor's own may be hours wrong.
 *
 * @param serverTime ISO 8601.
 * @param askedAt when the request left, in ms of this browser's clock; the reply took as long to come as it took to go.
 */
export function learnServerTime(serverTime: string, askedAt: number, answeredAt: number): void {
  offset = Date.parse(serverTime) - (askedAt + answeredAt) / 2;
}

/** The server's time now, in ms since the epoch. */
export function serverNow(): number {
  return Date.now() + offset;
}

/** All that the store asks of a client, whichever it is. */
export interface Connection {
  /** Whether the keys are spread over several servers by their slots. */
  readonly cluster: boolean;
  /**
   * Sends one command to the server that has `key`. Texts go and come as UTF-8.
   *
   * @param command its name first.
   */
  send(key: string, command: readonly string[]): Promise<unknown>;
  /**
   * Listens to channels on a connection of its own, once: when it breaks, it stays broken.
   *
   * @param lost called when that happens, perhaps more than once.
   */
  subscribe(channels: readonly string[], heard: () => void, lost: (error: unknown) => void): Subscription;
}

/** Channels that are listened to. */
export interface Subscription {
  /** Resolves as soon as nothing more gets lost. */
  readonly ready: Promise<unknown>;
  /** Stops. Also before it is ready. */
  close(): void;
}

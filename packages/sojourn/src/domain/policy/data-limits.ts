/** How much one session may keep for an app. Sizes are bytes of JSON in UTF-8. */
export interface DataLimits {
  /** All of it together. */
  readonly totalBytes: number;
  /** One value of a key that says nothing else. */
  readonly valueBytes: number;
  /** How many keys may be declared. */
  readonly keys: number;
  /** How many flash messages may wait. One more, and the oldest is gone. */
  readonly messages: number;
  /** One flash message. */
  readonly messageBytes: number;
}

/** The limits in force. */
export const dataLimits: DataLimits = {
  totalBytes: 32 * 1024,
  valueBytes: 4096,
  keys: 64,
  messages: 10,
  messageBytes: 1024,
};

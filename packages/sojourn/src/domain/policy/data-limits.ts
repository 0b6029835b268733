import { type PolicySection, valueRow } from "./report.ts";

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

/** How much an app may keep in a session. */
export function dataSection(): PolicySection {
  const { totalBytes, valueBytes, keys, messages, messageBytes } = dataLimits;
  const bytes = (name: string, value: number, meaning: string) =>
    valueRow(name, value, meaning, `${value} bytes`);
  return {
    title: "What sessions hold",
    rows: [
      bytes("session.data", totalBytes, "all data and messages of one session, as JSON"),
      bytes("session.data.maxBytes", valueBytes, "one value of a key that says nothing else"),
      valueRow("session.data.keys", keys, "keys that may be declared"),
      bytes("session.flash.maxBytes", messageBytes, "one flash message"),
      valueRow(
        "session.flash.messages",
        messages,
        "flash messages that wait; one more, and the oldest is gone",
      ),
    ],
  };
}

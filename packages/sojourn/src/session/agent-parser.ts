import Bowser from "bowser";
import { type Device, describeDevice } from "../domain/device.ts";
import { longestUserAgent } from "../domain/request-context.ts";

/** Names the device that a user agent stands for. Never fails. */
export function parseDevice(userAgent: string | null): Device {
  const text = userAgent?.slice(0, longestUserAgent) || null;
  if (text === null) return describeDevice(null, null);
  try {
    const { browser, os, platform } = Bowser.parse(text);
    return describeDevice(text, {
      browser: browser.name ?? null,
      os: os.name ?? null,
      platform: platform.type ?? null,
    });
  } catch {
    return describeDevice(text, null); // A user agent is whatever a client sends; it must not fail the list.
  }
}

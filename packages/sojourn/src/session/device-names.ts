import { type Device, describeDevice, longestUserAgent, type ParsedAgent } from "../domain/device.ts";

/** Names the devices of a list. The parser is loaded when the first list is asked for. */
export async function nameDevices(userAgents: readonly (string | null)[]): Promise<readonly Device[]> {
  const { default: Bowser } = await import("bowser");
  const parse = (userAgent: string): ParsedAgent | null => {
    try {
      const { browser, os, platform } = Bowser.parse(userAgent);
      return { browser: browser.name ?? null, os: os.name ?? null, platform: platform.type ?? null };
    } catch {
      return null; // A user agent is whatever a client sends; it must not fail the list.
    }
  };
  return userAgents.map((userAgent) => {
    const text = userAgent?.slice(0, longestUserAgent) ?? null;
    return describeDevice(text, text === null || text === "" ? null : parse(text));
  });
}

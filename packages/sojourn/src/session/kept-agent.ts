import type { Device } from "../domain/device.ts";
import { reducedMark } from "../domain/privacy.ts";

/** What is kept of a user agent that is not kept as it was sent. */
export interface KeptAgent {
  /** A keyed digest of it, with the id of the key: enough to know the same one again, and to learn nothing from. */
  readonly tag: string;
  /** Null where not even that is kept. */
  readonly device: Device | null;
}

/** Writes it in the place of the user agent. */
export function writeAgent({ tag, device }: KeptAgent): string {
  return reducedMark + JSON.stringify(device === null ? { tag } : { tag, device });
}

/** Reads it. @returns null for a user agent as it was sent. */
export function readAgent(text: string | null): KeptAgent | null {
  if (text === null || !text.startsWith(reducedMark)) return null;
  try {
    const { tag, device } = JSON.parse(text.slice(reducedMark.length)) as Partial<KeptAgent>;
    if (typeof tag !== "string") return null;
    return { tag, device: isDevice(device) ? device : null };
  } catch {
    return null; // A client may send what looks like it: then that is its user agent.
  }
}

const types: ReadonlySet<unknown> = new Set<Device["type"]>([
  "desktop",
  "mobile",
  "tablet",
  "program",
  "unknown",
]);

/** A client may have written it, so nothing of it is believed. */
function isDevice(device: unknown): device is Device {
  if (typeof device !== "object" || device === null) return false;
  const { name, type, browser, os } = device as Partial<Device>;
  const isShort = (text: unknown): boolean => typeof text === "string" && text.length <= 100;
  const isNamed = (text: unknown): boolean => text === null || isShort(text);
  return isShort(name) && types.has(type) && isNamed(browser) && isNamed(os);
}

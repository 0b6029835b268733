import type { SojournError } from "./errors.ts";
import { invalidOption } from "./options.ts";

/** Ranges of addresses that have a name. */
export type ProxyPreset = "loopback" | "private" | "cloudflare";

/**
 * Whose word on the client's address counts: how many proxies stand before the app, or the addresses of
 * those proxies, as single addresses, ranges (CIDR) and names of ranges.
 */
export type TrustedProxies = number | readonly (ProxyPreset | (string & {}))[];

const presets: ReadonlySet<string> = new Set<ProxyPreset>(["loopback", "private", "cloudflare"]);

/** Whether an entry of the list is the name of a range. */
export function isProxyPreset(entry: string): entry is ProxyPreset {
  return presets.has(entry);
}

/**
 * Checks the `trustedProxies` option.
 *
 * @throws {SojournError} `config_invalid`.
 */
export function checkTrustedProxies(trusted: TrustedProxies): void {
  if (typeof trusted === "number" && Number.isInteger(trusted) && trusted >= 0) return;
  if (!Array.isArray(trusted)) {
    throw invalid(
      'must be how many proxies of yours stand before the app, or a list of their addresses such as ["loopback", "10.0.0.0/8"].',
    );
  }
  for (const entry of trusted as readonly unknown[]) {
    if (typeof entry !== "string" || !(isProxyPreset(entry) || isRange(entry)))
      throw invalid(
        `${JSON.stringify(entry)} is neither an address or range nor one of ${[...presets].join(", ")}.`,
      );
    // Whoever is trusted may say who they are.
    if (/\/0+$/.test(entry)) throw invalid(`${entry} would let everybody make up their address.`);
  }
}

const fourNumbers = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

function isRange(entry: string): boolean {
  const [address = "", bits, ...rest] = entry.split("/");
  if (rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return false;
  if (fourNumbers.test(address)) return Number(bits ?? 32) <= 32;
  // The URL parser knows all spellings of IPv6, and no zones.
  return (
    /^[0-9A-Fa-f:.]+$/.test(address) && URL.canParse(`http://[${address}]/`) && Number(bits ?? 128) <= 128
  );
}

function invalid(detail: string): SojournError {
  return invalidOption(`trustedProxies: ${detail}`);
}

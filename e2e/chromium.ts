import { existsSync } from "node:fs";

const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/snap/bin/chromium",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/**
 * The browser that the e2e tests drive: the one of this machine, for Playwright's own need a download.
 * The variable `CHROMIUM` names another one.
 *
 * @returns the path of its executable; null if there is none.
 */
export function findChromium(): string | null {
  const chosen = process.env["CHROMIUM"];
  const places = chosen === undefined ? usualPlaces : [chosen];
  return places.find((place) => existsSync(place)) ?? null;
}

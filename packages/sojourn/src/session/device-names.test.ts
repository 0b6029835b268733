import { describe, expect, it } from "vitest";
import { hostileStrings } from "../testing/index.ts";
import { nameDevices } from "./device-names.ts";

/** What browsers and programs say, and what their users call them. */
const known: Readonly<Record<string, readonly [name: string, type: string]>> = {
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0": [
    "Firefox on Windows",
    "desktop",
  ],
  "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": ["Firefox on Linux", "desktop"],
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":
    ["Safari on macOS", "desktop"],
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36":
    ["Chrome on Windows", "desktop"],
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0":
    ["Microsoft Edge on Windows", "desktop"],
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1":
    ["Safari on iOS", "mobile"],
  "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1":
    ["Safari on iOS", "tablet"],
  "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36":
    ["Chrome on Android", "mobile"],
  "Mozilla/5.0 (Linux; Android 15; SAMSUNG SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":
    ["Samsung Internet for Android on Android", "mobile"],
  "curl/8.14.1": ["curl", "program"],
  node: ["Node.js", "program"],
};

describe("the devices of a list", () => {
  it("are named in the order they were given", async () => {
    const devices = nameDevices(Object.keys(known));
    expect(devices.map(({ name, type }) => [name, type])).toEqual(Object.values(known));
  });

  it("are unknown where nothing was said", async () => {
    const unknown = { name: "Unknown device", type: "unknown", browser: null, os: null };
    expect(nameDevices([null, "", "?", "/"])).toEqual([unknown, unknown, unknown, unknown]);
    expect(nameDevices([])).toEqual([]);
  });

  it("never fail the list, and repeat nothing that a client made up", async () => {
    const devices = nameDevices([
      ...Object.values(hostileStrings),
      "<script>alert(1)</script>/1.0 (Windows)",
    ]);
    for (const { name } of devices) expect(name).toMatch(/^[\w .]{1,60}$/);
  });

  it("take no time, however long and however repetitive a user agent is", async () => {
    const pieces = [
      "a",
      " ",
      "(",
      "Mozilla/5.0 (",
      "Android ",
      "Version/1.1.",
      "Safari/",
      "; rv:",
      "0.",
      "Chrome/9 Mobile ",
      "Linux; U; ",
    ];
    const agents = pieces.map((piece) => piece.repeat(Math.ceil(50_000 / piece.length)));
    nameDevices(agents);
    const begun = performance.now();
    nameDevices(agents);
    expect((performance.now() - begun) / agents.length).toBeLessThan(50);
  });
});

import { describe, expect, it } from "vitest";
import { describeDevice } from "./device.ts";
import { longestUserAgent } from "./request-context.ts";

const parsed = { browser: "Firefox", os: "Windows", platform: "desktop" };

describe("the name of a device", () => {
  it("says browser and system where both are known", () => {
    expect(describeDevice("Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", parsed)).toEqual({
      name: "Firefox on Windows",
      type: "desktop",
      browser: "Firefox",
      os: "Windows",
    });
  });

  it("makes do with the browser or the system alone", () => {
    expect(describeDevice("x", { ...parsed, os: null }).name).toBe("Firefox");
    expect(describeDevice("x", { ...parsed, browser: null }).name).toBe("Windows");
    expect(describeDevice("x", { browser: null, os: null, platform: null }).name).toBe("Unknown device");
    expect(describeDevice("x", null).name).toBe("Unknown device");
  });

  it.each(["", " ", "<script>alert(1)<", "a\nb", "x".repeat(41), "'; --", "-x", "a&b"])(
    "is not %j, though a parser may say so",
    (text) => {
      const { name, browser, os } = describeDevice("x", { browser: text, os: text, platform: null });
      expect([name, browser, os]).toEqual(["Unknown device", null, null]);
      expect(describeDevice("curl/8", { browser: text, os: text, platform: null }).os).toBe(null);
    },
  );

  it.each([null, ""])("is unknown for the user agent %j", (userAgent) => {
    expect(describeDevice(userAgent, parsed)).toEqual({
      name: "Unknown device",
      type: "unknown",
      browser: null,
      os: null,
    });
  });

  it.each([
    ["desktop", "desktop"],
    ["mobile", "mobile"],
    ["tablet", "tablet"],
    ["tv", "unknown"],
    [null, "unknown"],
  ])("the platform %j is of type %s", (platform, type) => {
    expect(describeDevice("x", { ...parsed, platform }).type).toBe(type);
  });

  it.each([
    ["curl/8.9.1", "curl"],
    ["Wget/1.25.0", "Wget"],
    ["HTTPie/3.2.4", "HTTPie"],
    ["PostmanRuntime/7.44.0", "Postman"],
    ["insomnia/11.2.0", "Insomnia"],
    ["okhttp/5.0.0", "OkHttp"],
    ["Dart/3.8 (dart:io)", "Dart"],
    ["MyApp/1 CFNetwork/3826.500.111 Darwin/24.4.0", "iOS app"],
    ["python-requests/2.32.4", "Python Requests"],
    ["Python/3.13 aiohttp/3.12", "Python"],
    ["python-httpx/0.28.1", "Python"],
    ["Go-http-client/2.0", "Go"],
    ["Java/21.0.2", "Java"],
    ["node", "Node.js"],
    ["undici", "Node.js"],
    ["axios/1.10.0", "Node.js"],
    ["Bun/1.2.18", "Bun"],
    ["Deno/2.4.0", "Deno"],
    ["Ruby", "Ruby"],
    ["claude-code/2.0", "Claude Code"],
    ["Mozilla/5.0 (X11) AppleWebKit/537.36 Cursor/1.2.4 Chrome/132.0 Electron/34.5.1", "Cursor"],
    ["Mozilla/5.0 (X11) AppleWebKit/537.36 Code/1.102.0 Chrome/134.0 Electron/35.6.0", "Visual Studio Code"],
    ["Mozilla/5.0 (X11) AppleWebKit/537.36 Slack/4.45 Electron/36.4.0", "Slack"],
    ["Mozilla/5.0 (X11) AppleWebKit/537.36 SomeApp/1.0 Electron/36.4.0", "Desktop app"],
  ])("knows the program of %j as %s", (userAgent, name) => {
    expect(describeDevice(userAgent, { ...parsed, browser: "Chrome" })).toEqual({
      name,
      type: "program",
      browser: null,
      os: "Windows",
    });
  });

  it("is not misled by a program's name within another word", () => {
    expect(describeDevice("Mozilla/5.0 encode/1 nodes javac", parsed).name).toBe("Firefox on Windows");
  });

  it("takes no time over a hostile user agent of the longest length", () => {
    const hostile = ["a", "claude-", "python/", "cfnetwork ", " ", "/"];
    for (const piece of hostile) {
      const userAgent = piece.repeat(longestUserAgent).slice(0, longestUserAgent);
      const begun = performance.now();
      describeDevice(userAgent, null);
      expect(performance.now() - begun).toBeLessThan(250);
    }
  });
});

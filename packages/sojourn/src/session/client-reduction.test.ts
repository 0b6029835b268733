import { describe, expect, it } from "vitest";
import { clientDigest } from "../crypto/client-digest.ts";
import { createKeyRing } from "../crypto/key-ring.ts";
import type { PrivacyRules } from "../domain/privacy.ts";
import { ClientReduction } from "./client-reduction.ts";
import { nameDevices } from "./device-names.ts";
import { readAgent } from "./kept-agent.ts";

const older = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";
const newer = "Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwMkq0m7vT3";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const under = (rules: Partial<PrivacyRules>, secrets: readonly string[] = [older]): ClientReduction =>
  new ClientReduction({ ip: "full", userAgent: "full", ...rules }, clientDigest(createKeyRing(secrets)));
const client = { ip: "203.0.113.77", userAgent: firefox };

describe("what is kept of a client", () => {
  it("is the same when it is reduced again", () => {
    for (const rules of [
      { ip: "truncated", userAgent: "device" },
      { ip: "none", userAgent: "none" },
    ] as const) {
      const reduction = under(rules);
      const once = reduction.kept(client);
      expect(reduction.kept(once)).toEqual(once);
      expect(reduction.told(once)).toEqual(reduction.told(client));
    }
  });

  it("can be taken more from later, and nothing given back", async () => {
    const device = under({ userAgent: "device" }).kept(client);
    expect(nameDevices([device.userAgent])).toMatchObject([{ name: "Firefox on Linux", type: "desktop" }]);
    const nothing = under({ userAgent: "none" }).kept(device);
    expect(nameDevices([nothing.userAgent])).toMatchObject([{ name: "Unknown device" }]);
    expect(nameDevices([under({ userAgent: "device" }).kept(nothing).userAgent])).toMatchObject([
      { name: "Unknown device" },
    ]);
  });

  it("cannot be guessed at without the server's key", () => {
    const [mine, theirs] = [[older], [newer]].map((secrets) =>
      under({ userAgent: "none" }, secrets).kept(client),
    );
    expect(readAgent(mine?.userAgent ?? "")?.tag).not.toBe(readAgent(theirs?.userAgent ?? "")?.tag);
  });
});

describe("the same user agent", () => {
  const kept = under({ userAgent: "none" }).kept(client).userAgent;

  it("is known again, and another is not", () => {
    const reduction = under({ userAgent: "none" });
    expect(reduction.sameAgent(kept, firefox)).toBe(true);
    expect(reduction.sameAgent(kept, `${firefox} `)).toBe(false);
    expect(reduction.sameAgent(kept, null)).toBe(false);
  });

  it("is known again while the secret is changed, and nobody is suspected once the old one is gone", () => {
    expect(under({ userAgent: "none" }, [newer, older]).sameAgent(kept, firefox)).toBe(true);
    expect(under({ userAgent: "none" }, [newer, older]).sameAgent(kept, "curl/8")).toBe(false);
    expect(under({ userAgent: "none" }, [newer]).sameAgent(kept, firefox)).toBe(true);
  });
});

describe("a user agent that looks like one that was reduced", () => {
  it.each([
    'a1 {"tag":"x.y","device":{"name":1}}',
    `a1 {"tag":"x.y","device":{"name":"${"x".repeat(500)}","type":"desktop","browser":null,"os":null}}`,
    'a1 {"tag":"x.y","device":{"name":"Safe","type":"bank","browser":null,"os":null}}',
    'a1 {"tag":7}',
    "a1 {",
    "a1 null",
  ])("names no device: %s", async (userAgent) => {
    expect(nameDevices([userAgent])).toMatchObject([{ type: "unknown", browser: null, os: null }]);
  });
});

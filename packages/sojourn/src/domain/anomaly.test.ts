import { describe, expect, it } from "vitest";
import { type ClientTraits, compareTraits, firstTraits, type KnownTraits, networkQuiet } from "./anomaly.ts";

const now = 1_900_000_000_000;
const home: ClientTraits = { agent: "firefox", network: "home", country: "NL" };

/** Uses a session from one place after another. @returns what was told of at each. */
function story(uses: readonly (Partial<ClientTraits> & { at?: number })[]): readonly string[] {
  let known: KnownTraits = firstTraits(home);
  return uses.map(({ at = now, ...use }) => {
    const compared = compareTraits(known, { ...home, ...use }, at);
    known = compared?.known ?? known;
    return compared?.changed.join("+") ?? "-";
  });
}

describe("the use of a session", () => {
  it("is nothing new from where it began", () => {
    expect(story([{}, {}])).toEqual(["-", "-"]);
  });

  it("is told of once for each change, to and fro", () => {
    expect(story([{ agent: "chrome" }, {}, { agent: "chrome" }, { agent: "curl" }])).toEqual([
      "user_agent",
      "-",
      "-",
      "user_agent",
    ]);
  });

  it("is told of with all that has changed", () => {
    expect(story([{ agent: "chrome", network: "far", country: "NZ" }])).toEqual([
      "user_agent+network+country",
    ]);
  });

  it("is quiet about further networks for a while, and about nothing else", () => {
    const later = now + networkQuiet;
    expect(
      story([
        { network: "train" },
        { network: "café" },
        { network: "office", agent: "chrome" },
        { network: "hotel", country: "BE" },
        { network: "lounge", at: later - 1 },
        { network: "plane", at: later },
        { network: "taxi", at: later + 1 },
      ]),
    ).toEqual(["network", "", "user_agent+network", "network+country", "", "network", ""]);
  });

  it("makes nothing of what nobody knows", () => {
    expect(story([{ agent: null, network: null, country: null }])).toEqual(["-"]);
    const nothing = firstTraits({ agent: null, network: null, country: null });
    const first = compareTraits(nothing, home, now);
    expect(first?.changed).toEqual([]);
    expect(compareTraits(first?.known as KnownTraits, home, now)).toBeNull();
  });

  it("is remembered for eight of a kind, so that what is kept stays small", () => {
    let known = firstTraits(home);
    for (let i = 0; i < 50; i += 1)
      known =
        compareTraits(known, { ...home, agent: `agent ${i}`, network: `net ${i}` }, now)?.known ?? known;
    expect(known.agents).toHaveLength(8);
    expect(known.networks[0]).toBe("net 49");
  });
});

import { describe, expect, it } from "vitest";
import { hasProven, levelOf, mergeProof, type Proof, resumeProof } from "./assurance.ts";
import { resolvePolicy } from "./policy/resolve.ts";

const levels = resolvePolicy({ acrLevels: { "urn:bank:strong": 2 } }).acrLevels;
const proof = (acr: string | null, ...amr: string[]): Proof => ({ amr, acr });

describe("the level of a context class", () => {
  it.each([
    [null, 0],
    ["aal1", 1],
    ["aal2", 2],
    ["aal3", 3],
    ["urn:bank:strong", 2],
    ["urn:who:knows", 0],
    ["AAL2", 0],
    ["constructor", 0],
  ])("%s is %i", (acr, level) => {
    expect(levelOf(acr, levels)).toBe(level);
  });
});

describe("a new proof in a session", () => {
  const password = proof("aal1", "pwd");

  it.each<[string, Proof, Proof, Proof, boolean]>([
    ["of the same kind begins everything anew", password, password, password, false],
    [
      "of another way of the same kind stands alone",
      password,
      proof("aal1", "pin"),
      proof("aal1", "pin"),
      false,
    ],
    [
      "of another kind joins what was proven, until that ends",
      password,
      proof("aal1", "otp"),
      proof("aal2", "pwd", "otp", "mfa"),
      true,
    ],
    [
      "that is multi-factor by itself begins everything anew",
      password,
      proof("aal2", "hwk", "pin", "mfa"),
      proof("aal2", "hwk", "pin", "mfa"),
      false,
    ],
    [
      "that is worth less takes nothing away, and gives what is above it no more time",
      proof("aal2", "pwd", "otp", "mfa"),
      password,
      proof("aal2", "pwd", "otp", "mfa"),
      true,
    ],
    [
      "keeps the name of the class that it does not reach",
      proof("urn:bank:strong", "hwk"),
      proof("aal1", "sms"),
      proof("urn:bank:strong", "hwk", "sms"),
      true,
    ],
    [
      "lifts nothing above what two factors are worth",
      proof("aal3", "hwk", "pin"),
      password,
      proof("aal3", "hwk", "pin", "pwd"),
      true,
    ],
    [
      "of a class that nobody explained is worth nothing",
      password,
      proof("urn:who:knows", "pwd"),
      proof("aal1", "pwd"),
      true,
    ],
    [
      "of another kind is mfa, and no class where one of the two claims none",
      proof(null, "pwd"),
      proof("aal1", "otp"),
      proof("aal1", "pwd", "otp", "mfa"),
      true,
    ],
    ["where nothing was said before stands alone", proof(null), password, password, false],
    ["that says nothing leaves what was proven", password, proof(null), password, true],
  ])("%s", (_what, before, now, expected, keepsEnd) => {
    expect(mergeProof(before, now, levels)).toEqual({ ...expected, keepsEnd });
  });

  it("SC-06: never makes a class that neither of the two proofs, nor two factors together, reach", () => {
    const proofs = [null, "aal1", "aal2", "aal3"].flatMap((acr) =>
      [[], ["pwd"], ["otp"], ["face"], ["pwd", "otp"], ["fed"]].map((amr) => ({ amr, acr })),
    );
    for (const before of proofs) {
      for (const now of proofs) {
        for (const merge of [mergeProof, resumeProof]) {
          const { acr, amr } = merge(before, now, levels);
          const most = Math.max(levelOf(before.acr, levels), levelOf(now.acr, levels));
          const level = levelOf(acr, levels);
          expect(level).toBeLessThanOrEqual(amr.includes("mfa") ? Math.max(2, most) : most);
          if (level > most) expect([before.acr, now.acr]).toEqual(["aal1", "aal1"]);
        }
      }
    }
  });
});

describe("the proof that resumes an idle session", () => {
  it.each<[string, Proof, Proof, Proof]>([
    [
      "keeps AAL2 by one factor",
      proof("aal2", "pwd", "otp"),
      proof("aal1", "pwd"),
      proof("aal2", "pwd", "otp"),
    ],
    [
      "keeps no AAL3 by one factor",
      proof("aal3", "hwk", "pin"),
      proof("aal1", "pin"),
      proof("aal2", "hwk", "pin"),
    ],
    [
      "keeps AAL3 where it was proven again",
      proof("aal3", "hwk"),
      proof("aal3", "hwk"),
      proof("aal3", "hwk"),
    ],
    ["keeps how somebody signed in", proof(null, "fed"), proof("aal1", "pwd"), proof("aal1", "fed", "pwd")],
  ])("%s, and no more time", (_what, before, now, expected) => {
    expect(resumeProof(before, now, levels)).toEqual({ ...expected, keepsEnd: true });
  });
});

describe("what a sensitive call insists on", () => {
  const session = {
    authTime: new Date(1_000_000).toISOString(),
    acr: "aal1",
    amr: ["pwd"],
    method: "password",
  };

  it.each([
    ["nothing", {}, 9e9, true],
    ["a proof that is just recent enough", { freshFor: 5000 }, 1_005_000, true],
    ["a proof that is a ms too old", { freshFor: 5000 }, 1_005_001, false],
    ["a proof from a clock ahead of ours", { freshFor: 5000 }, 900_000, true],
    ["a level that is reached", { aal: 1 as const }, 0, true],
    ["a level that is not reached", { aal: 2 as const }, 0, false],
    ["the way somebody signed in", { methods: ["google", "password"] }, 0, true],
    ["a method that was used", { methods: ["pwd"] }, 0, true],
    ["a method that was not used", { methods: ["otp"] }, 0, false],
    ["no method at all", { methods: [] }, 0, false],
  ])("%s", (_what, needed, now, expected) => {
    expect(hasProven(session, needed, levels, now)).toBe(expected);
  });
});

import { describe, expect, it } from "vitest";
import { lazyToken, script, stepsOf, valuesFor } from "./script.ts";

const noToken = (): never => {
  throw new Error("No token was asked for.");
};

describe("the steps of a statement", () => {
  it("are one where it is plain SQL", () => {
    const [step, ...more] = stepsOf("SELECT 1 FROM a WHERE b = ?2 AND c = ?1 AND d = ?2");
    expect([step?.sql, more]).toEqual(["SELECT 1 FROM a WHERE b = ? AND c = ? AND d = ?", []]);
    expect(step && valuesFor(step, ["one", 2], noToken)).toEqual([2, "one", 2]);
  });

  it("keep what was said of each", () => {
    const steps = [{ sql: "a" }, { sql: "b ?1", unlessNull: 1, ifNothing: "stop" as const }];
    expect(stepsOf(script(...steps))).toMatchObject([{ sql: "a" }, { ...steps[1], sql: "b ?" }]);
  });

  it("take the names of an app's tables out of the quotes of standard SQL, and leave texts alone", () => {
    const [step] = stepsOf(`SELECT u."e-mail", u."a\`b", '"?1"', ?1 FROM "it's"`);
    expect(step?.sql).toBe("SELECT u.`e-mail`, u.`a``b`, '\"?1\"', ? FROM `it's`");
    expect(step?.places).toHaveLength(1);
  });
});

describe("the values of a step", () => {
  const valueOf = (sql: string, value: string | Uint8Array | null): unknown =>
    stepsOf(sql).map((step) => valuesFor(step, [value], noToken)[0])[0];

  it("are bytes of the class that the driver sends as bytes, without what lies around them", () => {
    const bytes = new Uint8Array([0, 1, 2, 255, 4]).subarray(1, 4);
    expect(valueOf("?1", bytes)).toEqual(Buffer.from([1, 2, 255]));
  });

  it("are quoted as JSON quotes them, where a step says so", () => {
    expect(valueOf("?1:json", 'a"\n\u0007é')).toBe(String.raw`"a\"\n\u0007é"`);
  });

  it("have each member of an object on a line of its own, where a step says so", () => {
    const json = '{"a":{"b":"\\n"},"__proto__":[1,2],"\\n\\"a":"}"}';
    const lines = '{\n"a":{"b":"\\n"},\n"__proto__":[1,2],\n"\\n\\"a":"}"}';
    expect(valueOf("?1:lines", json)).toBe(lines);
    expect(valueOf("?1:lines", "{}")).toBe("{}");
  });

  it("have one token for all steps of a run, and another for the next run", () => {
    const steps = stepsOf(script({ sql: "?0 ?1" }, { sql: "?0" }));
    const run = (): unknown[] => {
      const token = lazyToken();
      return steps.map((step) => valuesFor(step, [1], token)[0]);
    };
    const [first, other] = [run(), run()];
    expect(first[0]).toHaveLength(16);
    expect(first[1]).toEqual(first[0]);
    expect(other[0]).not.toEqual(first[0]);
  });
});

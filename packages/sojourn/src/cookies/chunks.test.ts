import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { everyChunked, readChunked, staleNames, toChunks } from "./chunks.ts";
import { longestPair } from "./set-cookie.ts";

const name = "__Host-Http-sojourn";
const text = fc
  .stringMatching(/^[A-Za-z0-9._-]{0,50}$/)
  .chain((piece) =>
    fc
      .nat(8200)
      .map((length) =>
        (piece === "" ? "x" : piece).repeat(Math.ceil(length / Math.max(1, piece.length))).slice(0, length),
      ),
  );

/** A browser's cookies, as far as they matter here. */
function store(jar: Map<string, string>, value: string): void {
  const header = headerOf(jar);
  const pieces = toChunks(name, value);
  if (pieces === null) return;
  for (const [piece, part] of pieces) jar.set(piece, part);
  for (const stale of staleNames(
    header,
    name,
    pieces.map(([piece]) => piece),
  ))
    jar.delete(stale);
}

function headerOf(jar: ReadonlyMap<string, string>): string {
  return [...jar].map(([key, value]) => `${key}=${value}`).join("; ");
}

describe("a value that fits into one cookie", () => {
  it("stays whole up to the last byte", () => {
    const longest = "x".repeat(longestPair - name.length);
    expect(toChunks(name, longest)).toEqual([[name, longest]]);
    expect(toChunks(name, `${longest}x`)?.map(([piece]) => piece)).toEqual([`${name}.0`, `${name}.1`]);
    expect(toChunks(name, "")).toEqual([[name, ""]]);
  });
});

describe("a value that is too long for one cookie", () => {
  it("is split into pieces that browsers keep", () => {
    for (const [piece, part] of toChunks(name, "x".repeat(8000)) ?? []) {
      expect(piece.length + part.length).toBeLessThanOrEqual(longestPair);
      expect(part).not.toBe("");
    }
  });

  it("is refused when two cookies cannot hold it", () => {
    const most = 2 * (longestPair - name.length - 2);
    expect(toChunks(name, "x".repeat(most))).toHaveLength(2);
    expect(toChunks(name, "x".repeat(most + 1))).toBe(null);
  });

  it("stays with the others under the 8 KiB that many servers allow", () => {
    const pieces = toChunks(name, "x".repeat(2 * (longestPair - name.length - 2))) ?? [];
    expect(pieces.map((pair) => pair.join("=")).join("; ").length).toBeLessThanOrEqual(8192 + 10);
  });
});

describe("any value", () => {
  it("comes back as it was, among other cookies", () => {
    fc.assert(
      fc.property(text, (value) => {
        const pieces = toChunks(name, value);
        fc.pre(pieces !== null);
        const header = ["a=1", ...pieces.map((pair) => pair.join("=")), `${name}-refresh=r`].join("; ");
        expect(readChunked(header, name)).toEqual({ found: "one", value });
      }),
    );
  });

  it("leaves no piece of any value before it, growing or shrinking", () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), (values) => {
        const jar = new Map([["other", "1"]]);
        for (const value of values) {
          store(jar, value);
          if (toChunks(name, value) !== null)
            expect(readChunked(headerOf(jar), name)).toEqual({ found: "one", value });
        }
        expect(jar.get("other")).toBe("1");
      }),
    );
  });
});

describe("pieces that do not fit together", () => {
  it.each([
    ["a whole value beside pieces", `${name}=w; ${name}.0=a; ${name}.1=b`],
    ["a whole value beside the first piece", `${name}.0=a; ${name}=w`],
    ["the first piece twice", `${name}.0=a; ${name}.0=b; ${name}.1=c`],
    ["the second piece twice", `${name}.0=a; ${name}.1=b; ${name}.1=c`],
    ["the whole value twice", `${name}=a; ${name}=b`],
  ])("are nobody's: %s", (_what, header) => {
    expect(readChunked(header, name)).toEqual({ found: "several" });
  });

  it("without the first are not there", () => {
    expect(readChunked(`${name}.1=b`, name)).toEqual({ found: "none" });
    expect(readChunked(`${name}.1=b; ${name}=w`, name)).toEqual({ found: "one", value: "w" });
  });

  it("beyond the second are not read", () => {
    expect(readChunked(`${name}.0=a; ${name}.1=b; ${name}.2=c`, name)).toEqual({ found: "one", value: "ab" });
  });
});

describe("every value that cookies may stand for", () => {
  const pieces = toChunks(name, "v".repeat(6000))?.map((pair) => pair.join("=")) ?? [];

  it("has the whole ones, and the pieces put together in each way", () => {
    const [first = "", second = ""] = pieces;
    expect(everyChunked(pieces.join("; "), name)).toEqual(["v".repeat(6000)]);
    const planted = `${name}=w; ${first}; ${name}.1=p; ${name}.0=p; ${second}`;
    expect(everyChunked(planted, name).map((value) => value.length)).toEqual([
      1,
      first.length - `${name}.0=`.length + 1,
      6000,
    ]);
    expect(everyChunked("other=1", name)).toEqual([]);
  });

  it("are few, however many pieces were planted", () => {
    const many = Array.from({ length: 300 }, (_, i) => `${name}.0=${i}; ${name}.1=${i}`);
    expect(everyChunked([...many, ...pieces].join("; "), name)).toHaveLength(301);
  });
});

describe("stale names", () => {
  it("are the pieces and the whole that a new value does not write", () => {
    const header = `${name}=w; ${name}.0=a; ${name}.1=b; ${name}.7=c`;
    expect(staleNames(header, name, [name])).toEqual([`${name}.0`, `${name}.1`, `${name}.7`]);
    expect(staleNames(header, name, [`${name}.0`, `${name}.1`])).toEqual([name, `${name}.7`]);
  });

  it("are named once, however often they stand there", () => {
    expect(staleNames(`${name}.0=a; ${name}.0=b`, name, [])).toEqual([`${name}.0`]);
  });

  it("are never somebody else's", () => {
    const others = [
      `${name}-refresh`,
      `${name}.`,
      `${name}.a`,
      `${name}.0a`,
      `${name}.-1`,
      `${name}.0.1`,
      `x${name}.0`,
      "other",
    ];
    expect(staleNames(others.map((other) => `${other}=1`).join("; "), name, [])).toEqual([]);
  });

  it("cannot be planted in numbers that would fill the response, or be too long to write", () => {
    const many = Array.from({ length: 2000 }, (_, i) => `${name}.${i}=x`);
    expect(staleNames(many.join("; "), name, []).length).toBeLessThanOrEqual(10);
    expect(staleNames(`${name}.${"0".repeat(5000)}=x`, name, [])).toEqual([]);
  });
});

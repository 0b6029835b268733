import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const pages = globSync("**/*.md", { cwd: root, exclude: ["**/node_modules", "**/dist"] }).toSorted();

/** The prose of a page: without its code blocks, in which brackets mean other things. */
const prose = (page: string): string => read(page).replaceAll(/^(```|~~~).*?^\1/gms, "");

/** The anchors of a page's headings, as code hosts make them. */
function anchorsOf(page: string): string[] {
  const headings = [...prose(page).matchAll(/^#{1,6} +(.+)$/gm)].map(([, text = ""]) => text);
  const words = headings.map((text) =>
    text
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .trim(),
  );
  return words.map((text) => text.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
}

describe("the Markdown pages", () => {
  it("link to files and headings that exist", () => {
    const broken = pages.flatMap((page) =>
      [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
        if (/^[a-z]+:/.test(link)) return [];
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? join(root, page) : resolve(root, dirname(page), path);
        if (!existsSync(target)) return [`${page}: ${link}`];
        if (anchor === undefined || statSync(target).isDirectory()) return [];
        return anchorsOf(relative(root, target)).includes(anchor) ? [] : [`${page}: ${link}`];
      }),
    );
    expect(pages.length).toBeGreaterThan(0);
    expect(broken).toEqual([]);
  });

  it("name only npm scripts that there are", () => {
    const scriptsIn = (folder: string): object => {
      const file = join(folder, "package.json");
      return existsSync(join(root, file))
        ? ((JSON.parse(read(file)) as { scripts?: object }).scripts ?? {})
        : {};
    };
    const wrong = pages.flatMap((page) => {
      // A page of an example tells of the example's own as well.
      const scripts = {
        ...scriptsIn(""),
        ...(page.startsWith("examples/") ? scriptsIn(dirname(page)) : {}),
      };
      return [...read(page).matchAll(/\bnpm (?:run ([a-z][\w:-]*)|(start|test)\b)/g)]
        .map(([, named, short]) => named ?? short ?? "")
        .filter((name) => !(name in scripts))
        .map((name) => `${page}: npm run ${name}`);
    });
    expect(wrong).toEqual([]);
  });
});

describe("the decisions", () => {
  const decisions = pages.filter((page) => /^decisions\/\d/.test(page));

  it("are numbered without a gap, and all are in the list", () => {
    const numbers = decisions.map((page) => Number(page.slice("decisions/".length).slice(0, 4)));
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const list = read("decisions/README.md");
    for (const page of decisions) expect(list, page).toContain(`](${page.slice("decisions/".length)})`);
  });

  it.each(decisions)("%s says its status, context, decision and consequences in under 60 lines", (page) => {
    const text = read(page);
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(["Status", "Context", "Decision", "Consequences"]);
    expect(text.split("\n").length).toBeLessThan(60);
  });
});

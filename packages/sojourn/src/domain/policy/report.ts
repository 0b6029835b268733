import { durationText } from "../duration-text.ts";

/** One setting that is in force. */
export interface PolicyRow {
  /** The option that decides it, such as `session.idleTimeout`. */
  readonly name: string;
  /** In seconds where it is a length of time; null where there is none. */
  readonly value: number | string | boolean | null;
  readonly unit: "seconds" | null;
  /** The value in words. */
  readonly text: string;
  /** What it does, in a few words. */
  readonly meaning: string;
}

/** The settings of one part. */
export interface PolicySection {
  readonly title: string;
  readonly rows: readonly PolicyRow[];
}

/** Every timeout and limit in force (OWASP ASVS 7.1). */
export interface PolicyReport {
  readonly sections: readonly PolicySection[];
}

/** A row with a length of time. @param ms null for no such limit. */
export function timeRow(name: string, ms: number | null, meaning: string): PolicyRow {
  if (ms === null) return { name, value: null, unit: "seconds", text: "none", meaning };
  return { name, value: ms / 1000, unit: "seconds", text: durationText(ms), meaning };
}

/** A row with anything else. */
export function valueRow(
  name: string,
  value: PolicyRow["value"],
  meaning: string,
  text: string = wordsFor(value),
): PolicyRow {
  return { name, value, unit: null, text, meaning };
}

function wordsFor(value: PolicyRow["value"]): string {
  if (value === null || value === "") return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

/** A report as Markdown, for whoever has to know or to approve it. */
export function policyMarkdown({ sections }: PolicyReport): string {
  const blocks = sections.map(({ title, rows }) => {
    const lines = rows.map(
      ({ name, text, meaning }) => `| \`${cell(name)}\` | ${cell(text)} | ${cell(meaning)} |`,
    );
    return [`## ${title}`, "", "| setting | in force | |", "| --- | --- | --- |", ...lines].join("\n");
  });
  return `# Session policy\n\n${blocks.join("\n\n")}\n`;
}

/** A role or a class may hold what a table takes for its own. */
function cell(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, " ")
    .replaceAll("|", "\\|")
    .replaceAll("`", "'");
}

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAuth } from "../packages/sojourn/src/create-auth.ts";
import { policyMarkdown } from "../packages/sojourn/src/domain/policy/report.ts";
import { password } from "../packages/sojourn/src/login/password/index.ts";
import { memory } from "../packages/sojourn/src/stores/memory/index.ts";

/* Puts the session policy of a default app into the page on lifetimes: npm run policy. */
const page = join(import.meta.dirname, "../docs/lifetimes.md");
const place = /(<!-- policy: begin -->\n)([^]*?)(\n<!-- policy: end -->)/;

/** The policy as the command prints it, under the headings of the page. */
export async function printedPolicy(): Promise<string> {
  const auth = createAuth({
    baseURL: "https://app.example.com",
    // Nothing is signed with it.
    secret: "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM",
    store: memory(),
    login: [password()],
  });
  return policyMarkdown(await auth.policy())
    .replace(/^# .*\n\n/, "")
    .replaceAll(/^## /gm, "### ")
    .trim();
}

/** What the page shows of it. */
export function shownPolicy(): string {
  return place.exec(readFileSync(page, "utf8"))?.[2] ?? "";
}

if (import.meta.main) {
  const text = readFileSync(page, "utf8");
  const printed = await printedPolicy();
  writeFileSync(
    page,
    text.replace(place, (_, begin: string, _old: string, end: string) => begin + printed + end),
  );
}

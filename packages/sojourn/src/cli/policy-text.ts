import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { policyMarkdown, type PolicyReport } from "../domain/policy/report.ts";

/** What of an app's `auth` the command uses. */
interface ReportingAuth {
  policy(): Promise<PolicyReport>;
  close(): Promise<void>;
}

/**
 * The session policy of an app, as Markdown.
 *
 * @param config a module that exports what `createAuth` gave, as `auth` or by default. It is run.
 * @throws {Error} with a sentence that says what is wrong with it.
 */
export async function policyText(config: string): Promise<string> {
  const file = resolve(config);
  const exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  const auth = [exported["auth"], exported["default"]].find(isReporting);
  if (auth === undefined)
    throw new Error(`${config} must export what createAuth gives: export const auth = createAuth({ ... });`);
  const text = policyMarkdown(await auth.policy());
  await auth.close();
  return text;
}

function isReporting(value: unknown): value is ReportingAuth {
  return (
    typeof value === "object" && value !== null && "policy" in value && typeof value.policy === "function"
  );
}

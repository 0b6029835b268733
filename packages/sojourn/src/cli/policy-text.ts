import { policyMarkdown, type PolicyReport } from "../domain/policy/report.ts";
import { withAuth } from "./load-auth.ts";

/** What of an app's `auth` the command uses. */
interface ReportingAuth {
  policy(): Promise<PolicyReport>;
  close(): Promise<void>;
}

/** The session policy of an app, as Markdown. @param config the app's module; see {@link withAuth}. */
export function policyText(config: string): Promise<string> {
  return withAuth(config, isReporting, async (auth) => policyMarkdown(await auth.policy()));
}

function isReporting(value: object): value is ReportingAuth {
  return "policy" in value && typeof value.policy === "function";
}

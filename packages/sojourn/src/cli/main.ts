#!/usr/bin/env node
import { parseArgs } from "node:util";
import { generateSecret } from "../crypto/secrets.ts";
import { policyText } from "./policy-text.ts";
import { schemaDialects, schemaText } from "./schema-text.ts";

const usage = `Usage: sojourn <command>

Commands:
  secret              Print a fresh secret for createAuth({ secret }), 32 random bytes
  policy              Print every timeout and limit in force, as Markdown; --config names the module
                      that exports what createAuth gave, such as ./auth.ts
  schema <database>   Print the SQL of all tables, for a migration of your own: ${schemaDialects.join(", ")}

Options:
  --config <module>   For policy
  -h, --help          Show this text`;

/** Runs the command line. @returns the exit code: 0, 1 if it fails, or 2 for words it does not know. */
async function run(words: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { help: { type: "boolean", short: "h" }, config: { type: "string" } },
      allowPositionals: true,
    });
    const [command, ...rest] = positionals;
    if (values.help === true) return print(usage, 0);
    if (command === "policy" && rest.length === 0) return await printPolicy(values.config);
    if (values.config !== undefined) return complain("--config is for policy.");
    if (command === "secret" && rest.length === 0) return print(generateSecret(), 0);
    if (command === "schema") return printSchema(rest);
    return complain(command === undefined ? "Name a command." : `Unknown: ${positionals.join(" ")}.`);
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error));
  }
}

async function printPolicy(config: string | undefined): Promise<number> {
  if (config === undefined) {
    console.error("Name the module that exports what createAuth gave: sojourn policy --config ./auth.ts.");
    return 2;
  }
  try {
    return print((await policyText(config)).trimEnd(), 0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function printSchema(words: readonly string[]): number {
  const dialect = schemaDialects.find((name) => name === words[0]);
  if (dialect !== undefined && words.length === 1) return print(schemaText(dialect).trimEnd(), 0);
  console.error(
    `Name one database: ${schemaDialects.map((name) => `sojourn schema ${name}`).join(", or ")}.`,
  );
  return 2;
}

function print(text: string, code: number): number {
  console.log(text);
  return code;
}

function complain(message: string): number {
  console.error(`${message}\n\n${usage}`);
  return 2;
}

process.exitCode = await run(process.argv.slice(2));
// A module that policy has run may listen somewhere, and would keep this process for ever.
process.stdout.write("", () => process.exit());

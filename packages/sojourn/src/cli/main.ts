#!/usr/bin/env node
import { parseArgs } from "node:util";
import { generateSecret } from "../crypto/secrets.ts";
import { schemaDialects, schemaText } from "./schema-text.ts";

const usage = `Usage: sojourn <command>

Commands:
  secret              Print a fresh secret for createAuth({ secret }), 32 random bytes
  schema <database>   Print the SQL of all tables, for a migration of your own: ${schemaDialects.join(", ")}

Options:
  -h, --help          Show this text`;

/** Runs the command line. @returns the exit code: 0, or 2 for words it does not know. */
function run(words: readonly string[]): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    const [command, ...rest] = positionals;
    if (values.help === true) return print(usage, 0);
    if (command === "secret" && rest.length === 0) return print(generateSecret(), 0);
    if (command === "schema") return printSchema(rest);
    return complain(command === undefined ? "Name a command." : `Unknown: ${positionals.join(" ")}.`);
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error));
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

process.exitCode = run(process.argv.slice(2));

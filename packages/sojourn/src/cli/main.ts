#!/usr/bin/env node
import { parseArgs } from "node:util";
import { generateSecret } from "../crypto/secrets.ts";
import { auditOrderOf, type AuditWords, printEvents } from "./audit-command.ts";
import { carryOut, keysOrderOf } from "./keys-command.ts";
import { policyText } from "./policy-text.ts";
import { schemaDialects, schemaText } from "./schema-text.ts";

const usage = `Usage: sojourn <command>

Commands:
  secret              Print a fresh secret for createAuth({ secret }), 32 random bytes
  policy              Print every timeout and limit in force, as Markdown
  keys list           Show the keys that sign and verify
  keys rotate         Let the next key sign, as soon as everybody knows it
  keys revoke <id>    Refuse all that a key has made
  audit               Print the events that the app keeps, newest first
  schema <database>   Print the SQL of all tables, for a migration of your own: ${schemaDialects.join(", ")}

Options:
  --config <module>   For policy, keys and audit: the module that exports what createAuth gave, such as ./auth.ts
  --reason <text>     For keys revoke: why, for the list of keys and the events
  --user <id>         For audit: of this user alone
  --since <time>      For audit: no older than a date, such as 2026-01-31, or than so long ago, such as 24h
  --limit <n>         For audit: at most so many; 100 unless you say otherwise
  --json              For audit: one JSON object a line
  -h, --help          Show this text`;

/** Runs the command line. @returns the exit code: 0, 1 if it fails, or 2 for words it does not know. */
async function run(words: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: {
        help: { type: "boolean", short: "h" },
        config: { type: "string" },
        reason: { type: "string" },
        user: { type: "string" },
        since: { type: "string" },
        limit: { type: "string" },
        json: { type: "boolean" },
      },
      allowPositionals: true,
    });
    const [command, ...rest] = positionals;
    const { help: _help, config, reason, ...audit } = values;
    if (values.help === true) return print(usage, 0);
    if (command !== "audit") refuseAuditWords(audit);
    if (command === "keys") return await keepKeys(rest, config, reason);
    if (reason !== undefined) return complain("--reason is for keys revoke.");
    if (command === "audit" && rest.length === 0) return await printAudit(audit, config);
    if (command === "policy" && rest.length === 0) return await printPolicy(config);
    if (config !== undefined && (command === "secret" || command === "schema"))
      return complain("--config is for policy, keys and audit.");
    if (command === "secret" && rest.length === 0) return print(generateSecret(), 0);
    if (command === "schema") return printSchema(rest);
    return complain(command === undefined ? "Name a command." : `Unknown: ${positionals.join(" ")}.`);
  } catch (error) {
    return complain(error instanceof Error ? error.message : String(error));
  }
}

async function printPolicy(config: string | undefined): Promise<number> {
  if (config === undefined) return correct(`${nameModule}: sojourn policy --config ./auth.ts.`);
  return printOutcome(policyText(config));
}

async function keepKeys(
  words: readonly string[],
  config: string | undefined,
  reason: string | undefined,
): Promise<number> {
  const order = keysOrderOf(words, reason);
  if (order === null)
    return correct(
      "Say what to do: sojourn keys list, or sojourn keys rotate, or sojourn keys revoke <id>, each with --config ./auth.ts.",
    );
  if (config === undefined)
    return correct(`${nameModule}: sojourn keys ${words.join(" ")} --config ./auth.ts.`);
  return printOutcome(carryOut(order, config));
}

async function printAudit(words: AuditWords, config: string | undefined): Promise<number> {
  const order = auditOrderOf(words);
  if (order === null)
    return correct("Give --user an id, --since a time such as 24h, and --limit a whole number above 0.");
  if (config === undefined) return correct(`${nameModule}: sojourn audit --config ./auth.ts.`);
  return outcomeOf(async () => printEvents(order, config, (text) => console.log(text)));
}

/** @throws {Error} for a word that another command takes no notice of. */
function refuseAuditWords(words: AuditWords): void {
  const [word] = Object.keys(words);
  if (word !== undefined) throw new Error(`--${word} is for audit.`);
}

const nameModule = "Name the module that exports what createAuth gave";

function printOutcome(outcome: Promise<string>): Promise<number> {
  return outcomeOf(async () => console.log((await outcome).trimEnd()));
}

/** Does what was asked for. @returns the exit code. */
async function outcomeOf(act: () => Promise<void>): Promise<number> {
  try {
    await act();
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function printSchema(words: readonly string[]): number {
  const dialect = schemaDialects.find((name) => name === words[0]);
  if (dialect !== undefined && words.length === 1) return print(schemaText(dialect).trimEnd(), 0);
  return correct(
    `Name one database: ${schemaDialects.map((name) => `sojourn schema ${name}`).join(", or ")}.`,
  );
}

/** Tells what to write instead, for a command that is known. */
function correct(sentence: string): number {
  console.error(sentence);
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

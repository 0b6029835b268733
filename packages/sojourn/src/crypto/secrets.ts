import { randomBytes } from "node:crypto";
import { SojournError } from "../domain/errors.ts";
import { isPubliclyKnown } from "./known-secrets.ts";
import { containsCommonWord, estimateBits } from "./secret-strength.ts";

const shortest = 32;
/** Far above what can be searched, and below what the estimate gives 128 random bits at their unluckiest. */
const leastBits = 90;

const command = `node -e "console.log(require('crypto').randomBytes(32).toString('base64url'))"`;

/** A secret as {@link checkSecret} wants it: 32 random bytes in base64url. */
export function generateSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * Makes sure that a secret is one. Whoever guesses it can sign in as anyone, without a trace and from
 * anywhere, and lists of guesses are long: a length alone says nothing.
 *
 * @param option how the option is called, for the message. The secret itself is in no message.
 * @throws {SojournError} `config_secret_missing`, `config_secret_weak`.
 */
export function checkSecret(secret: unknown, option: string): asserts secret is string {
  if (typeof secret !== "string" || secret.trim() === "") {
    throw new SojournError("config_secret_missing", {
      detail: `${option} is ${typeof secret === "string" ? "empty" : "missing"}. Make a good one with: ${command}`,
    });
  }
  const fault = faultOf(secret);
  if (fault !== null) {
    throw new SojournError("config_secret_weak", {
      detail: `${option} ${fault}. Make a good one with: ${command}`,
    });
  }
}

/** `${SECRET}`, `{{ secret }}`, `<secret>`, `%SECRET%` */
const templateVariable = /^(?:\$\{|\{\{|<|%)[\w .-]+(?:\}\}?|>|%)$/;

function faultOf(secret: string): string | null {
  const readings = [secret, ...decoded(secret)];
  if (readings.some(isPubliclyKnown))
    return "is publicly known: it stands in a manual, a tutorial or a template";
  if (templateVariable.test(secret.trim()))
    return "is a variable of a template, and nothing was put in its place";
  const bytes = Buffer.byteLength(secret, "utf8");
  if (bytes < shortest) return `has ${bytes} bytes; at least ${shortest} are needed`;
  if (readings.every((reading) => estimateBits(reading) >= leastBits)) return null;
  return readings.some(containsCommonWord)
    ? "looks like a placeholder or a phrase: without its common words too little is left to guess"
    : "is too regular: it repeats itself, follows the keyboard or uses few characters";
}

/** What a secret says if it is readable text in hex or base64: a phrase gains nothing by being encoded. */
function decoded(secret: string): string[] {
  return (["hex", "base64"] as const)
    .map((encoding) => Buffer.from(secret, encoding).toString("latin1"))
    .filter((text) => text.length >= secret.length / 2 && /^[\x20-\x7e]+$/.test(text));
}

/** Texts, names, comments and bodies of functions, in which nothing counts; then what opens, closes and ends. */
const tokens = /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\$(\w*)\$[^]*?\$\1\$|\b(?:BEGIN|CASE|END)\b|;/gi;

/**
 * The statements of a script, for databases and drivers that take one at a time. The body of a trigger, whose
 * statements have semicolons of their own, stays whole.
 *
 * @returns each without its semicolon.
 */
export function statementsOf(script: string): string[] {
  const statements: string[] = [];
  let begin = 0;
  let open = 0;
  for (const { 0: token, index } of script.matchAll(tokens)) {
    const word = token.toUpperCase();
    if (word === "BEGIN" || word === "CASE") open += 1;
    else if (word === "END") open -= 1;
    else if (word === ";" && open === 0) {
      statements.push(script.slice(begin, index).trim());
      begin = index + 1;
    }
  }
  return [...statements, script.slice(begin).trim()].filter((statement) => statement !== "");
}

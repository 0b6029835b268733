/** How an import reaches its module: at load time, for its types only, or when a line of code runs. */
export type ImportKind = "value" | "type" | "lazy";

export interface FoundImport {
  readonly specifier: string;
  readonly kind: ImportKind;
}

/**
 * A file's code with comments and the insides of literals turned into spaces, so that a pattern
 * finds code only. Positions and line numbers stay as they were. TypeScript 7 has no parser for
 * scripts, and the ones that others ship drop the type imports that matter here.
 */
export function codeOf(source: string): string {
  let code = "";
  /** For each open template literal, how many braces are open inside its `${`. */
  const openBraces: number[] = [];

  const keep = (length: number): void => {
    code += source.slice(code.length, code.length + length);
  };
  const blank = (pattern: RegExp): boolean => {
    pattern.lastIndex = code.length;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) return false;
    code += text.replaceAll(/[^\n]/g, " ");
    return true;
  };
  /** The text of a template literal up to its end or to the next `${`. */
  const template = (): void => {
    blank(/(?:[^`\\$]|\\.|\$(?!\{))*/sy);
    if (source[code.length] === "$") {
      keep(2);
      openBraces.push(0);
    } else {
      keep(1);
    }
  };

  while (code.length < source.length) {
    const character = source[code.length];
    if (blank(/\/\/[^\n]*|\/\*.*?\*\//sy)) continue;
    if (
      character === "/" &&
      startsExpression(code) &&
      blank(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y)
    ) {
      continue;
    }
    keep(1);
    if (character === '"' || character === "'") {
      blank(character === '"' ? /(?:[^"\\\n]|\\.)*/y : /(?:[^'\\\n]|\\.)*/y);
      keep(1);
    } else if (character === "`") {
      template();
    } else if (openBraces.length > 0 && (character === "{" || character === "}")) {
      const open = (openBraces.pop() ?? 0) + (character === "{" ? 1 : -1);
      if (open < 0) template();
      else openBraces.push(open);
    }
  }
  return code;
}

/** Every import of a file: `import`, `export from`, `import()` and `process.getBuiltinModule()`. */
export function importsOf(source: string): FoundImport[] {
  const code = codeOf(source);
  const found: FoundImport[] = [];
  const add = (pattern: RegExp, kindOf: (match: RegExpExecArray) => ImportKind): void => {
    for (const match of code.matchAll(pattern)) {
      const start = match.index + match[0].length;
      const specifier = source.slice(start, code.indexOf(match[0].slice(-1), start));
      found.push({ specifier, kind: kindOf(match) });
    }
  };
  add(/\b(?:import|export)(\s+type)?\b[^;"'`()=]*?\bfrom\s*["']/g, (match) => (match[1] ? "type" : "value"));
  add(/\bimport\s*["']/g, () => "value");
  add(/\b(?:import|getBuiltinModule)\s*\(\s*["'`]/g, () => "lazy");
  return found;
}

/** Whether a slash after this code begins a regular expression rather than a division. */
function startsExpression(code: string): boolean {
  return /(?:^|[(,=:[!&|?{};+\-*%^~<>]|\b(?:return|typeof|case|in|of|await|yield|throw))\s*$/.test(
    code.slice(-40),
  );
}

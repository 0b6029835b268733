/** What a user recognises a signed-in device by. */
export interface Device {
  /** Such as `Firefox on Windows` or `curl`; `Unknown device` if the user agent says nothing. */
  readonly name: string;
  readonly type: "desktop" | "mobile" | "tablet" | "program" | "unknown";
  readonly browser: string | null;
  readonly os: string | null;
}

/** What a user-agent parser found. */
export interface ParsedAgent {
  readonly browser: string | null;
  readonly os: string | null;
  readonly platform: string | null;
}

/** Programs that parsers do not know, by the product name that their user agent begins with or holds. */
const programs: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bclaude-code\b/i, "Claude Code"],
  [/\bcursor\//i, "Cursor"],
  [/\bcode\/\d/i, "Visual Studio Code"],
  [/\bslack/i, "Slack"],
  [/\bpostmanruntime\b/i, "Postman"],
  [/\binsomnia\b/i, "Insomnia"],
  [/^curl\//i, "curl"],
  [/^wget\//i, "Wget"],
  [/^httpie\//i, "HTTPie"],
  [/\bokhttp\//i, "OkHttp"],
  [/\bdart[/:]/i, "Dart"],
  [/\bcfnetwork\//i, "iOS app"],
  [/^python-requests\//i, "Python Requests"],
  [/^python\/|aiohttp|^python-httpx/i, "Python"],
  [/^go-http-client\//i, "Go"],
  [/^java\//i, "Java"],
  [/^(node|undici|axios|got)\b/i, "Node.js"],
  [/^bun\//i, "Bun"],
  [/^deno\//i, "Deno"],
  [/^ruby\b/i, "Ruby"],
  [/\belectron\//i, "Desktop app"],
];

/** Names a device from its user agent. Pure: the parser's findings come in. */
export function describeDevice(userAgent: string | null, parsed: ParsedAgent | null): Device {
  if (userAgent === null || userAgent === "")
    return { name: "Unknown device", type: "unknown", browser: null, os: null };
  const program = programs.find(([pattern]) => pattern.test(userAgent));
  if (program) return { name: program[1], type: "program", browser: null, os: named(parsed?.os) };
  const browser = named(parsed?.browser);
  const os = named(parsed?.os);
  const name = browser !== null && os !== null ? `${browser} on ${os}` : (browser ?? os ?? "Unknown device");
  return { name, type: deviceType(parsed?.platform ?? null), browser, os };
}

/** What a parser does not know it may repeat as it came: only what looks like a name is one. */
function named(text: string | null | undefined): string | null {
  return text && /^[\p{L}\p{N}][\p{L}\p{N} ._+-]{0,39}$/u.test(text) ? text : null;
}

function deviceType(platform: string | null): Device["type"] {
  return platform === "desktop" || platform === "mobile" || platform === "tablet" ? platform : "unknown";
}

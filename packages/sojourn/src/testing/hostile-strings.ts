/** A text that some databases cannot hold, and that some drivers cut in the middle. */
export const textWithNul = "before\0after";

/** Texts that have broken somebody's storage before. All are well-formed Unicode. */
export const hostileStrings: Readonly<Record<string, string>> = {
  "a name of Object.prototype": "__proto__",
  emoji: "👩‍👩‍👧‍👦 🇺🇦 é e\u0301 \u{10FFFD}",
  quotes: "'; \"`´’ ''",
  "SQL meta characters": "x'); DROP TABLE sojourn_session; -- %_?$1:name@p",
  backslashes: "\\ \\' \\\" \\n \\u0000 C:\\",
  "line ends and controls": "a\r\nb\u2028c\u0007\u001B[31m\u007F",
  "JSON and paths": '{"$.a":[0]} $.data["x"]',
  "text in both directions": "\u202Eabc\u202C \u05D0\u05D1",
  "what looks like a number": "0123",
  "what looks like null": "NULL",
  spaces: "  leading and trailing  ",
  "8 KB": `Mozilla/5.0 ${"very long ".repeat(820)}`,
};

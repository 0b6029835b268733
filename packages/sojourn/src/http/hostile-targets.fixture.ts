/** Where an open redirect would like to lead, in many spellings of a host. */
const hosts = [
  "evil.example",
  "evil.example/",
  "evil.example/%2F..",
  "evil.example:443",
  "evil.example.",
  "EVIL.example",
  "user:pass@evil.example",
  "app.example@evil.example",
  "app.example:443@evil.example",
  "app.example%00.evil.example",
  "evil%2eexample",
  "evil。example",
  "evil．example",
  "evil｡example",
  "ｅｖｉｌ.example",
  "xn--evil-cja.example",
  "évil.example",
  "0x7f.1",
  "2130706433",
  "0177.0.0.1",
  "127.1",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "localhost:1",
];

/** How a target can be written so that somebody on its way takes the `H` in it for a host. */
const forms = [
  "//H",
  "///H",
  "////H",
  "/////H",
  "https://H",
  "http://H",
  "HtTpS://H",
  "https:///H",
  "https:////H",
  "https:/\\H",
  "https:\\\\H",
  "http:H",
  "http:/H",
  "ftp://H",
  "ws://H",
  "wss://H",
  "blob:https://H",
  "filesystem:https://H/temporary/x",
  "view-source:https://H",
  "/\\H",
  "\\/H",
  "\\\\H",
  "\\/\\/H",
  "/\\/H",
  "/\\\\H",
  "//\\H",
  "/\t/H",
  "/\n/H",
  "/\r/H",
  "/\r\n/H",
  "\t//H",
  " //H",
  "\r\n//H",
  "//H\t",
  "\u0000//H",
  "\u0001//H",
  "\u000b//H",
  "\u000c//H",
  "\u001f//H",
  "\u007f//H",
  "/\u0000/H",
  "ht\ntps://H",
  "https:/\t/H",
  "https\t://H",
  "/.//H",
  "/..//H",
  "/././/H",
  "/././/H",
  "/a/..//H",
  "/a/b/../..//H",
  "/%2e//H",
  "/%2e%2e//H",
  "/.%2e/%2E//H",
  "/%2e%2e/..//H",
  ".//H",
  "..//H",
  "x/..//H",
  "/%2f%2fH",
  "/%2F/H",
  "//%2fH",
  "/%2fH",
  "/%5cH",
  "/%5C%5cH",
  "/%2f%5cH",
  "/%09/H",
  "/%0a/H",
  "/%0d%0a/H",
  "/%00/H",
  "/%7f/H",
  "/%252f%252fH",
  "/%255cH",
  "/%25252f%25252fH",
  "/%2525252525252525252fH",
  "/%2e%2f%2fH",
  "/.%2f%2fH",
  "/..%2f%2fH",
  "/a/..%2f%2fH",
  "/a%2f..%2f%2fH",
  "/a%2f%2e%2e%2f%2fH",
  "/%252e%252e//H",
  "/%5c..%5c%5cH",
  "https://app.example@H",
  "https://app.example:pass@H",
  "https://app.example%40H",
  "https://app.example\\@H",
  "https://H?app.example",
  "https://H#app.example",
  "https://H\\app.example",
  "https://H/app.example",
  "https://app.example.H",
  "https://app.exampleH",
  "//app.example.H",
  "https://H@app.example/",
  "https://u:p@app.example/",
  "/redirect\r\nLocation: https://H",
  "/%0d%0aLocation:%20https://H",
  "/%0D%0ASet-Cookie:%20sid=x%0D%0A//H",
];

/** What is refused because no page of this site could be meant. */
const others = [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "java%0ascript:alert(1)//\n",
  "\u0001javascript:alert(1)",
  "javascript://app.example/%0aalert(1)",
  "javascript:https://app.example",
  "data:text/html,<script>alert(1)</script>",
  "data:text/html;base64,PHNjcmlwdD4=",
  "vbscript:msgbox(1)",
  "file:///etc/passwd",
  "about:blank",
  "blob:https://app.example/uuid",
  "mailto:x@evil.example",
  "tel:1",
  "intent://evil.example#Intent;scheme=https;end",
  "app.example:443/x",
  "http://app.example/",
  "https://app.example:8443/",
  "https://app.example./",
  "https://app.example.:443/",
  "https://",
  "https://[",
  "https://app.example:99999",
  "https://app.example:0/",
  "//",
  "///",
  "/%2f",
  "/%5c",
  "\\",
];

/** What may look bad but stays here: it is accepted, or refused, as long as it does not leave. */
const harmless = [
  "/ﬂ/evil.example",
  "／／evil.example",
  "/／evil.example",
  "⁄⁄evil.example",
  "/⧸evil.example",
  "/＼evil.example",
  "\ufeff//evil.example",
  "/\ufeff/evil.example",
  "\u00a0//evil.example",
  "/\u00a0/evil.example",
  "\u2028//evil.example",
  "/\u2029/evil.example",
  "\u3000//evil.example",
  "\u200b//evil.example",
  "/\u00ad/evil.example",
  "\ud800//evil.example",
  "/\udfff/evil.example",
  "/\ud83d",
  "https:evil.example",
  "https://app.example#@evil.example",
  "https://app.example?@evil.example",
  "https:/evil.example",
  "https:?evil.example",
  "/%c0%afevil.example",
  "/%e0%80%afevil.example",
  "/%u002f%u002fevil.example",
  "/%",
  "/%2",
  "/%zz//evil.example",
  "/%ff%fe//evil.example",
  "@evil.example",
  "/@evil.example",
  "/;@evil.example",
  "?//evil.example",
  "#//evil.example",
  "/?returnTo=//evil.example",
  "/search?q=%2f%2fevil.example%0d%0a",
  "evil.example",
  "www.evil.example/x",
  "$(id)",
  "{{7*7}}",
  "/${jndi:ldap://evil.example}",
  "/../../../../etc/passwd",
  `/${"a".repeat(2000)}`,
  `/${"../".repeat(600)}/evil.example`,
  `//${"a".repeat(250)}.example`,
  `/${"%252f".repeat(200)}evil.example`,
];

/** Targets that have to be refused. */
export const refusedTargets: readonly string[] = [
  ...others,
  ...forms.map((form) => form.replace("H", "evil.example")),
];

/** Every spelling: none of them may ever lead a browser away from `https://app.example`. */
export const hostileTargets: readonly string[] = [
  ...new Set([
    ...others,
    ...harmless,
    ...forms.flatMap((form) => hosts.map((host) => form.replace("H", host))),
  ]),
];

/** The same for where it counts that a test is quick: every form once, every host once. */
export const someHostileTargets: readonly string[] = [
  ...new Set([...refusedTargets, ...harmless, ...hosts.flatMap((host) => [`//${host}`, `https://${host}`])]),
];

/**
 * Where a browser is in the end that was sent to a Location from a page of `origin`: also if something on its way
 * decodes the Location once more and sends it on.
 */
export function destinations(location: string, origin: string): readonly string[] {
  const from = `${origin}/auth/sign-in/password`;
  const found: string[] = [];
  for (let text = location, readings = 0; readings < 3; readings += 1) {
    const url = URL.canParse(text, from) ? new URL(text, from) : null;
    found.push(url?.origin ?? "nowhere");
    // A router hands on the path that it matched, which begins anew.
    if (url !== null && url.origin === origin) found.push(new URL(url.pathname, origin).origin);
    text = decodeOnce(text);
  }
  return found;
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  }
}

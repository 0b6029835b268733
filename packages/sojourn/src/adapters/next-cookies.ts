/** A cookie as `cookies().set` of Next.js takes it. */
export interface NextCookie {
  name: string;
  value: string;
  path?: string;
  domain?: string;
  /** Seconds. */
  maxAge?: number;
  httpOnly?: boolean;
  secure?: boolean;
  partitioned?: boolean;
  sameSite?: "strict" | "lax" | "none";
}

/** A Set-Cookie value of Sojourn's, with all of its attributes, for `cookies().set`. */
export function toNextCookie(header: string): NextCookie {
  const [pair = "", ...attributes] = header.split("; ");
  const [name, value] = split(pair);
  const cookie: NextCookie = { name, value: asWritten(value) };
  for (const attribute of attributes) {
    const [key, content] = split(attribute);
    setters[key.toLowerCase()]?.(cookie, content);
  }
  return cookie;
}

const setters: Readonly<Record<string, (cookie: NextCookie, content: string) => void>> = {
  path: (cookie, content) => void (cookie.path = content),
  domain: (cookie, content) => void (cookie.domain = content),
  "max-age": (cookie, content) => void (cookie.maxAge = Number(content)),
  httponly: (cookie) => void (cookie.httpOnly = true),
  secure: (cookie) => void (cookie.secure = true),
  partitioned: (cookie) => void (cookie.partitioned = true),
  samesite: (cookie, content) =>
    void (cookie.sameSite = content.toLowerCase() as NonNullable<NextCookie["sameSite"]>),
};

function split(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

/** Next.js percent-encodes values; this is what comes out as `value` then. */
function asWritten(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

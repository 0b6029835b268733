import { cookieNames, type CookieReading, everyCookie, readCookie } from "./cookie-header.ts";
import { longestPair } from "./set-cookie.ts";

/** How many cookies one value may take: with headers around it, more would pass the 8 KiB many servers allow. */
const mostChunks = 2;

/** Splits a value over `name.0`, `name.1`, ...; a value that fits stays whole under `name`. Null if it is too long even so. */
export function toChunks(
  name: string,
  value: string,
): readonly (readonly [name: string, value: string])[] | null {
  if (name.length + value.length <= longestPair) return [[name, value]];
  const size = chunkSize(name);
  const count = Math.ceil(value.length / size);
  if (count > mostChunks) return null;
  return Array.from(
    { length: count },
    (_, i) => [`${name}.${i}`, value.slice(i * size, (i + 1) * size)] as const,
  );
}

/** Reads a value that may be split. A gap, or a whole value beside pieces, counts as `several`: nobody can say which is meant. */
export function readChunked(header: string, name: string): CookieReading {
  const whole = readCookie(header, name);
  const first = readCookie(header, `${name}.0`);
  if (first.found === "none") return whole;
  if (whole.found !== "none") return { found: "several" };
  let value = "";
  for (let i = 0; i < mostChunks; i += 1) {
    const piece = readCookie(header, `${name}.${i}`);
    if (piece.found === "several") return piece;
    if (piece.found === "none") break;
    value += piece.value;
  }
  return { found: "one", value };
}

/** Every value that the cookies under `name` may stand for where some stand there twice: whole ones, and pieces put together in each way. */
export function everyChunked(header: string, name: string): readonly string[] {
  // We cut first pieces to the full size, of which a header holds a few: a thousand short ones, planted
  // to be tried with a thousand second ones, are none.
  const firsts = everyCookie(header, `${name}.0`).filter((piece) => piece.length === chunkSize(name));
  const seconds = firsts.length === 0 ? [] : everyCookie(header, `${name}.1`);
  return [
    ...everyCookie(header, name),
    ...firsts.flatMap((first) => seconds.map((second) => first + second)),
  ];
}

/**
 * The cookies under `name` in a request that a new value would leave behind. A piece has one digit:
 * whoever can plant cookies must not fill our responses with a thousand pieces to remove.
 */
export function staleNames(header: string, name: string, written: readonly string[]): string[] {
  const ours = (found: string): boolean =>
    found === name || (found.startsWith(`${name}.`) && /^\d$/.test(found.slice(name.length + 1)));
  return [...new Set(cookieNames(header, name))].filter((found) => ours(found) && !written.includes(found));
}

function chunkSize(name: string): number {
  return longestPair - name.length - ".0".length;
}

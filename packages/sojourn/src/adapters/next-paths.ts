import { SojournError } from "../domain/errors.ts";

/** A list of paths: each stands for itself and for all that is below it. */
export type PathList = readonly (readonly string[])[];

/** Any one segment. */
const any = "*";

/**
 * Reads paths such as `/dashboard`, `/teams/*` + `/settings` or `/teams/:id/settings`.
 *
 * @throws {SojournError} `config_invalid` for what is no such path: a guard that nobody understands must not start.
 */
export function pathList(paths: readonly string[]): PathList {
  return paths.map((path) => {
    // Next.js writes "and all below" as :path*, others as *. It is meant anyway.
    const whole = path.replace(/\/(?:\*{1,2}|:\w+[*+?])$/, "");
    const segments = whole.split("/").slice(1);
    const isPath =
      path.startsWith("/") && segments.every((segment) => /^(?:\*|:\w+|[^*:()[\]{}?#\\%]*)$/.test(segment));
    if (!isPath)
      throw new SojournError("config_invalid", {
        detail: `${JSON.stringify(path)} is no path such as "/dashboard" or "/teams/:id/settings".`,
      });
    return segments.filter(Boolean).map((segment) => (/^[*:]/.test(segment) ? any : segment.toLowerCase()));
  });
}

/** More than that no honest path is encoded over itself. */
const mostDecodings = 4;

/**
 * Every way in which a router might read a path: decoded, with slashes collapsed, without the marks that Next.js puts to
 * data requests, in lower case.
 *
 * @returns null if it cannot be read.
 */
export function readings(pathname: string): readonly string[] | null {
  const found = new Set<string>();
  let path = pathname;
  for (let round = 0; round <= mostDecodings; round += 1) {
    const plain = flattened(path);
    found.add(plain).add(flattened(withoutMarks(plain)));
    try {
      const decoded = decodeURIComponent(path);
      if (decoded === path) return [...found];
      path = decoded;
    } catch {
      return null;
    }
  }
  return null;
}

/** Whether one of the readings is on the list; a path that cannot be read is. */
export function isListed(list: PathList, paths: readonly string[] | null): boolean {
  if (list.length === 0) return false;
  if (paths === null) return true;
  return paths.some((path) => {
    const segments = path.split("/").slice(1);
    return list.some((wanted) =>
      wanted.every((part, at) => part === segments[at] || (part === any && Boolean(segments[at]))),
    );
  });
}

/** One slash between segments, none at the end, no `.` and `..`, nothing around names that some systems drop. */
function flattened(path: string): string {
  const segments: string[] = [];
  for (const raw of path.replaceAll("\\", "/").split("/")) {
    const segment = raw.replace(/^[\s\u0000]+|[\s\u0000.]+$/g, "");
    if (raw.trim() === "..") segments.pop();
    else if (segment !== "") segments.push(segment.toLowerCase());
  }
  return `/${segments.join("/")}`;
}

/** A page's data has the page's address, with marks: `/_next/data/ID/page.json`, `/page.rsc`, `/page.segments/a.segment.rsc`. */
function withoutMarks(path: string): string {
  const page = path.replace(/^\/_next\/data\/[^/]+(?=\/)/, "");
  const plain = page.replace(/\.segments\/.*$|(?:\.prefetch)?\.rsc$|\.json$|\.html?$|\.txt$|;[^/]*$/, "");
  return plain === "/index" ? "/" : plain;
}

import { isListed, pathList, readings } from "./next-paths.ts";
import { isOwnPath } from "./web-request.ts";

/** Where a request goes: to a path that takes a session, to another of the app, or to what has nothing to do with sessions. */
export type Place = "guarded" | "open" | "outside";

/** Tells paths apart. */
export interface GuardedPaths {
  placeOf(request: { readonly url: string; readonly nextUrl: { readonly pathname: string } }): Place;
}

/** Which paths are which. */
interface Lists {
  readonly protect: readonly string[];
  readonly open?: readonly string[];
  readonly signIn?: string;
}

/** What Next.js serves itself. The image optimizer fetches from the app, so it is judged by what it is asked for. */
const served = /^\/_next\/(?:static\/|webpack-hmr|image$)|^\/__nextjs|^\/favicon\.ico$/;

/**
 * Tells guarded paths from others. Whatever may be read as a guarded path is one; only what is plainly an open one is open.
 *
 * @param ownRoutes where Sojourn's routes are.
 * @throws {SojournError} `config_invalid`.
 */
export function guardedPaths({ protect, open = [], signIn = "" }: Lists, ownRoutes: string): GuardedPaths {
  const guarded = pathList(protect);
  const opened = new Set([...open, signIn.split(/[?#]/, 1)[0]]);
  return {
    placeOf({ url, nextUrl }) {
      const { pathname, searchParams } = new URL(url);
      const paths = [pathname, nextUrl.pathname];
      const all = paths.map((path) => readings(path));
      if (all.some((found) => found?.every((path) => isOwnPath(path, ownRoutes.toLowerCase()))))
        return "outside";
      const plain = paths
        .filter((path) => !/[%\\]|\/\//.test(path))
        .map((path) => path.replace(/(?<=.)\/$/, ""));
      if (plain.some((path) => opened.has(path))) return "open";
      const isServed = plain.some((path) => served.test(path));
      const image = isServed ? searchParams.get("url") : null;
      const wanted = isServed ? [image === null ? [] : readings(image.split("?", 1)[0] ?? "")] : all;
      if (wanted.some((found) => isListed(guarded, found))) return "guarded";
      return isServed || isFile(pathname) ? "outside" : "open";
    },
  };
}

/** A file of `public/`, by its name. */
function isFile(path: string): boolean {
  return /\.[a-z0-9]{2,5}$/i.test(path) && !/\.(?:rsc|json|html?|txt)$/i.test(path);
}

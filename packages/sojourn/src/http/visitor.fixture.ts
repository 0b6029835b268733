import { Browser } from "./browser.fixture.ts";
import { origin, type Site } from "./http-test-kit.fixture.ts";

/** Where the visitors of the tests come from, unless it is said. */
export const address = "203.0.113.77";
/** What they use. */
export const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
export const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/** From where a browser visits. */
export interface Whence {
  readonly ip?: string;
  readonly userAgent?: string;
}

/** A browser that comes from an address. @param from whose cookies it has; nobody's unless one is given. */
export function visitor(
  site: Site,
  { ip = address, userAgent = firefox }: Whence = {},
  from?: Browser,
): Browser {
  const browser = new Browser(origin, (request) => site.send(request, { ip }), userAgent);
  for (const [name, kept] of from?.jar ?? []) browser.jar.set(name, kept);
  return browser;
}

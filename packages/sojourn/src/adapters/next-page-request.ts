import type { BaseUser } from "../domain/principal.ts";
import { cookieHeaderAfter } from "../http/response-cookies.ts";
import type { LiveSession, RequestSource } from "../http/verbs.ts";
import { toNextCookie } from "./next-cookies.ts";
import { pathHeader } from "./next-identity.ts";
import type { NextHost } from "./next-verbs.ts";
import { type AdapterAuth, RequestAuth } from "./request-auth.ts";

/** What can be asked for a header. */
export interface Getter {
  get(name: string): string | null;
}

/** A page under way, or the action before it: what was read of its request, and is not read again. */
export class PageRequest<User extends BaseUser, Extra extends object> {
  readonly source: RequestSource & { readonly headers: Getter };
  /** Never writes: Next.js sets no cookie while it renders. */
  readonly reader: RequestAuth<User, Extra>;
  readonly required: Map<string, Promise<LiveSession<User, Extra>>> = new Map();

  constructor(auth: AdapterAuth<User, Extra>, headers: Getter, cookie: string | null) {
    // Whatever asks from within a page is on the way to showing it, also where a script fetches the page.
    const ours = new Map([
      ["cookie", cookie],
      ["sec-fetch-mode", "navigate"],
    ]);
    const get = (name: string): string | null =>
      ours.has(name) ? (ours.get(name) ?? null) : headers.get(name);
    this.source = { headers: { get }, method: "GET", url: headers.get(pathHeader) ?? undefined };
    this.reader = new RequestAuth(auth, { source: this.source, peer: null, write: null });
  }
}

/** The requests under way, each by its headers: Next.js has one such object per request, and lets it go with it. */
export class PageRequests<User extends BaseUser, Extra extends object> {
  readonly #auth: AdapterAuth<User, Extra>;
  readonly #host: NextHost;
  readonly #open: WeakMap<object, PageRequest<User, Extra>> = new WeakMap();

  constructor(auth: AdapterAuth<User, Extra>, host: NextHost) {
    this.#auth = auth;
    this.#host = host;
  }

  /** The one that is being answered. */
  async current(): Promise<PageRequest<User, Extra>> {
    const headers = await this.#host.headers();
    return this.#open.get(headers) ?? this.#begin(headers, headers.get("cookie"));
  }

  /**
   * Puts cookies into the response. What is rendered behind the action, in the same request, sees them as its browser
   * will send them.
   *
   * @throws what Next.js throws outside of actions and route handlers.
   */
  async write(cookies: readonly string[]): Promise<void> {
    if (cookies.length === 0) return;
    const [jar, headers, { source }] = await Promise.all([
      this.#host.cookies(),
      this.#host.headers(),
      this.current(),
    ]);
    for (const cookie of cookies) jar.set(toNextCookie(cookie));
    this.#begin(headers, cookieHeaderAfter(source.headers.get("cookie"), cookies));
  }

  #begin(headers: Getter, cookie: string | null): PageRequest<User, Extra> {
    const request = new PageRequest(this.#auth, headers, cookie);
    this.#open.set(headers, request);
    return request;
  }
}

import type { Reply } from "./response-check.fixture.ts";

/** What a cookie of the jar was set with, besides its value. */
export interface KeptCookie {
  readonly value: string;
  readonly attributes: readonly string[];
}

type Send = (request: Request, host?: { readonly ip?: string | null }) => Promise<Reply>;

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** A browser on a page of a site, as far as cookies, Origin and Fetch Metadata go. */
export class Browser {
  readonly jar: Map<string, KeptCookie> = new Map();
  readonly userAgent: string;
  /** Sent with every request, over what the browser would send by itself; null leaves one out. */
  readonly extra: Record<string, string | null> = {};
  readonly #origin: string;
  readonly #send: Send;

  constructor(origin: string, send: Send, userAgent: string = firefox) {
    this.#origin = origin;
    this.#send = send;
    this.userAgent = userAgent;
  }

  get cookie(): string {
    return [...this.jar].map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  /** The value of a cookie; empty if there is none. */
  value(name: string): string {
    return this.jar.get(name)?.value ?? "";
  }

  /** Another browser that holds the same cookies: a thief, or another tab. */
  copy(userAgent: string = this.userAgent): Browser {
    const copy = new Browser(this.#origin, this.#send, userAgent);
    for (const [name, kept] of this.jar) copy.jar.set(name, kept);
    return copy;
  }

  get(path: string, headers: Readonly<Record<string, string | null>> = {}): Promise<Reply> {
    return this.request("GET", path, undefined, headers);
  }

  post(
    path: string,
    body: unknown = {},
    headers: Readonly<Record<string, string | null>> = {},
  ): Promise<Reply> {
    return this.request("POST", path, body, headers);
  }

  delete(path: string, headers: Readonly<Record<string, string | null>> = {}): Promise<Reply> {
    return this.request("DELETE", path, undefined, headers);
  }

  /** Sends an HTML form. */
  submit(path: string, fields: Record<string, string>): Promise<Reply> {
    return this.request("POST", path, new URLSearchParams(fields).toString(), {
      "content-type": "application/x-www-form-urlencoded",
    });
  }

  /** Sends a request below the mount point, and keeps the cookies of the response. */
  async request(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string | null>>,
  ): Promise<Reply> {
    const reply = await this.send(method, path, body, headers);
    this.take(reply.cookies);
    return reply;
  }

  /** Sends a request whose reply is lost on the way. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string | null>> = {},
  ): Promise<Reply> {
    const all = new Headers({ "user-agent": this.userAgent, "sec-fetch-site": "same-origin" });
    if (method !== "GET" && method !== "HEAD") all.set("origin", this.#origin);
    if (body !== undefined) all.set("content-type", "application/json");
    if (this.jar.size > 0) all.set("cookie", this.cookie);
    for (const [name, value] of Object.entries({ ...this.extra, ...headers })) {
      if (value === null) all.delete(name);
      else all.set(name, value);
    }
    const content = body === undefined || typeof body === "string" ? (body ?? null) : JSON.stringify(body);
    return this.#send(new Request(`${this.#origin}/auth${path}`, { method, headers: all, body: content }));
  }

  /** Does what Set-Cookie says. A cookie is removed only with the attributes it was set with, as in a browser. */
  take(cookies: readonly string[]): void {
    for (const cookie of cookies) {
      const [pair = "", ...attributes] = cookie.split("; ");
      const name = pair.slice(0, pair.indexOf("="));
      if (attributes.includes("Max-Age=0")) this.jar.delete(name);
      else this.jar.set(name, { value: pair.slice(name.length + 1), attributes });
    }
  }
}

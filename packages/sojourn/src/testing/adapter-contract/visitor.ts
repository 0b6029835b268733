import { deepEqual } from "node:assert/strict";
import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";

/** An answer of the app under test. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Each value of Set-Cookie as it came. */
  readonly cookies: readonly string[];
  readonly text: string;
  /** The body as JSON; undefined if it is none. */
  readonly body: Record<string, unknown> | undefined;
}

/** How a request is sent. */
export interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is text. */
  readonly body?: unknown;
}

const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** A browser as far as cookies and Fetch Metadata go, over a real socket. Paths are sent exactly as they are given. */
export class Visitor {
  readonly jar: Map<string, string> = new Map();
  readonly origin: string;
  readonly basePath: string;

  constructor(origin: string, basePath: string) {
    this.origin = origin;
    this.basePath = basePath;
  }

  get cookie(): string {
    return [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Another holder of the same cookies. */
  copy(): Visitor {
    const copy = new Visitor(this.origin, this.basePath);
    for (const [name, value] of this.jar) copy.jar.set(name, value);
    return copy;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send("GET", path, { headers });
  }

  post(path: string, body: unknown = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.send("POST", path, { body, headers });
  }

  /** Opens a page, as by a link. */
  open(path: string): Promise<Answer> {
    return this.get(path, { "sec-fetch-mode": "navigate", "sec-fetch-site": "none", accept: "text/html" });
  }

  /** Sends a request to one of Sojourn's routes. */
  auth(method: "GET" | "POST" | "DELETE", path: string, sending: Sending = {}): Promise<Answer> {
    return this.send(method, this.basePath + path, sending);
  }

  /** Steers the app under test. */
  async steer(route: string): Promise<Answer> {
    return this.auth("POST", `/contract/${route}`);
  }

  /** Sends a request, and keeps the cookies of its answer, of which no name comes twice (RFC 6265 §4.1.1). */
  async send(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const answer = await this.#exchange(method, path, sending);
    const names = answer.cookies.map((cookie) => cookie.split("=", 1)[0]);
    deepEqual(names, [...new Set(names)], `${method} ${path} sets a cookie twice`);
    for (const cookie of answer.cookies) {
      const pair = cookie.split(";", 1)[0] ?? "";
      const name = pair.slice(0, pair.indexOf("="));
      if (/;\s*max-age=0/i.test(cookie)) this.jar.delete(name);
      else this.jar.set(name, pair.slice(name.length + 1));
    }
    return answer;
  }

  async #exchange(method: string, path: string, sending: Sending): Promise<Answer> {
    const response = await this.start(method, path, sending);
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    const text = Buffer.concat(pieces).toString("utf8");
    return {
      status: response.statusCode ?? 0,
      headers: response.headers,
      cookies: response.headers["set-cookie"] ?? [],
      text,
      body: parsed(text),
    };
  }

  /** Sends a request, and gives its response as soon as that begins. Destroy it to leave. */
  async start(method: string, path: string, { headers = {}, body }: Sending = {}): Promise<IncomingMessage> {
    const content = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const all: Record<string, string> = {
      "user-agent": agent,
      "sec-fetch-site": "same-origin",
      "sec-fetch-mode": "cors",
      ...(this.jar.size > 0 && { cookie: this.cookie }),
      ...(method !== "GET" && method !== "HEAD" && { origin: this.origin }),
      ...(content !== undefined && {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(content)),
      }),
      ...headers,
    };
    const { hostname, port } = new URL(this.origin);
    return new Promise((resolve, reject) => {
      const request = httpRequest({ hostname, port, method, path, headers: all, agent: false }, resolve);
      request.on("error", reject);
      request.end(content);
    });
  }
}

function parsed(text: string): Answer["body"] {
  try {
    return JSON.parse(text) as Answer["body"];
  } catch {
    return undefined;
  }
}

import { type Answer, Visitor } from "../packages/sojourn/src/testing/adapter-contract/visitor.ts";

/** A page as a browser without scripts shows it. */
export interface ShownPage {
  readonly status: number;
  /** Where the browser ended up: path and query. */
  readonly path: string;
  readonly text: string;
}

/** A browser without scripts: it keeps cookies, follows redirects and sends forms. */
export class Browsing {
  readonly #visitor: Visitor;

  constructor(origin: string) {
    this.#visitor = new Visitor(origin, "/auth");
  }

  /** Opens a page, as by a link. */
  async open(path: string): Promise<ShownPage> {
    return this.#follow(path, await this.#visitor.open(path));
  }

  /** Sends a form of the same site. @param target may be relative to the page it is on. */
  async submit(target: string, fields: Readonly<Record<string, string>>, page = "/"): Promise<ShownPage> {
    const path = this.#resolve(target, page);
    const body = new URLSearchParams(fields).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-mode": "navigate",
      accept: "text/html",
    };
    return this.#follow(path, await this.#visitor.send("POST", path, { body, headers }));
  }

  async #follow(path: string, { status, headers, text }: Answer): Promise<ShownPage> {
    const { location } = headers;
    if (location === undefined || status < 300) return { status, path, text };
    return this.open(this.#resolve(location, path));
  }

  #resolve(target: string, page: string): string {
    const { pathname, search } = new URL(target, this.#visitor.origin + page);
    return pathname + search;
  }
}

import type { Clock } from "../ports/clock.ts";
import { Attempts } from "./attempts.ts";

/** What `fetch` is to a verifier: the web's own, or one that takes another way. */
export type Fetch = (
  url: string,
  init: {
    readonly headers: Readonly<Record<string, string>>;
    readonly redirect: "manual";
    readonly signal: AbortSignal;
  },
) => Promise<Response>;

/** How the server is reached. */
export interface OriginParts {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Where a route of the server is. */
  readonly routeURL: (path: string) => URL;
  /** How long a request waits for it at most, in ms. */
  readonly timeout: number;
  readonly onFailure: (error: unknown) => void;
}

/** Asks the server that issues the tokens. */
export class Origin {
  readonly clock: Clock;
  readonly #parts: OriginParts;

  constructor(parts: OriginParts) {
    this.#parts = parts;
    this.clock = parts.clock;
  }

  /** @param rest how long after an attempt that went well none is made, in ms. */
  attempts(rest: number): Attempts {
    const { clock, timeout: patience, onFailure } = this.#parts;
    return new Attempts({ clock, patience, rest, onFailure });
  }

  /**
   * What JSON a route answers. Redirects are not followed: nobody else may answer.
   *
   * @throws whatever keeps it from that.
   */
  async json(
    path: string,
    query: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { fetch, routeURL } = this.#parts;
    const url = routeURL(path);
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url.href, {
      headers: { Accept: "application/json", ...headers },
      redirect: "manual",
      signal,
    });
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}.`);
    return response.json();
  }
}

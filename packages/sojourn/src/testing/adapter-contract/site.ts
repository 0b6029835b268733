import { createHash } from "node:crypto";
import { SojournError } from "../../domain/errors.ts";
import { type FakeClock, fakeClock } from "../fake-clock.ts";

/** What `createAuth` is given for the app under test, with what the test steers: put all of it in. */
export interface ContractParts {
  /** For `createAuth`: strategy, secret, clock, events, sign-in page. */
  readonly options: {
    readonly strategy: "hybrid";
    readonly secret: string;
    readonly clock: FakeClock;
    readonly redirects: { readonly signIn: string };
    readonly rateLimit: false;
    readonly onEvent: (event: { readonly type: string }) => void;
  };
  /** For `password({ hasher })`: costs nothing, so that a test does not wait for it. */
  readonly hasher: ContractHasher;
  /** Wraps the store, so that the test can take it away. */
  store<Store extends object>(store: Store): Store;
}

/** A password hasher for tests alone. */
export interface ContractHasher {
  hash(password: string): Promise<string>;
  verify(phc: string, password: string): Promise<boolean>;
  needsRehash(phc: string): boolean;
}

/** The part of `Auth` that the contract takes the place of. */
interface Handling {
  readonly basePath: string;
  handler(request: Request, host?: { readonly ip?: string | null }): Promise<Response>;
}

/** The form of secrets, and nothing that is one. */
const secret = "kq0m7vT3Zr9xW2bY5nLc8sHd1fJg4aPe6uQiOyXtRwM";

/**
 * Makes the `auth` of an app under {@link adapterContract}. Below `basePath` it answers a few routes more, `/contract/...`, by
 * which the test moves the clock, takes the store away, and looks at what reaches the handler: never mount it in an app that is for people.
 *
 * ```ts
 * const auth = contractSite(({ options, hasher, store }) =>
 *   createAuth({ ...options, store: store(memory()), login: [password({ hasher })] }),
 * );
 * ```
 */
export function contractSite<Auth extends Handling>(make: (parts: ContractParts) => Auth): Auth {
  const clock = fakeClock();
  const seen: string[] = [];
  let isOut = false;
  const auth = make({
    options: {
      strategy: "hybrid",
      secret,
      clock,
      redirects: { signIn: "/sign-in" },
      rateLimit: false,
      onEvent: ({ type }) => void seen.push(type),
    },
    hasher: cheapHasher,
    store: (store) => unreliable(store, () => isOut),
  });
  const steer = steering({
    async pass(ms) {
      clock.jumpTo(clock.now() + ms);
      await clock.advance(0);
    },
    outage: (on) => void (isOut = on),
    events: () => seen,
  });
  const prefix = `${auth.basePath}/contract/`;
  return {
    ...auth,
    handler: async (request, host) => {
      const { pathname } = new URL(request.url);
      const answer = pathname.startsWith(prefix) ? steer[pathname.slice(prefix.length)] : undefined;
      return answer === undefined ? auth.handler(request, host) : answer(request, host?.ip ?? null);
    },
  };
}

interface Steered {
  pass(ms: number): Promise<void>;
  outage(on: boolean): void;
  events(): readonly string[];
}

type Answer = (request: Request, ip: string | null) => Response | Promise<Response>;

/** The routes by which a test steers the app and looks into it. */
function steering(site: Steered): Readonly<Record<string, Answer>> {
  let aborted = 0;
  let release: (() => void) | null = null;
  return {
    pass: async (request) => {
      await site.pass(Number(new URL(request.url).searchParams.get("ms")));
      return Response.json(null);
    },
    outage: (request) => {
      site.outage(new URL(request.url).searchParams.get("on") === "true");
      return Response.json(null);
    },
    events: () => Response.json(site.events()),
    /** Sends half of its body at once, and the rest when it is told to. */
    stream: (request) => {
      request.signal.addEventListener("abort", () => (aborted += 1), { once: true });
      const released = new Promise<void>((resolve) => (release = resolve));
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode("first\n"));
          await released;
          controller.enqueue(new TextEncoder().encode("second\n"));
          controller.close();
        },
      });
      return new Response(body, { headers: { "Content-Type": "text/plain" } });
    },
    release: () => {
      release?.();
      return Response.json(null);
    },
    aborted: () => Response.json(aborted),
    /** What of a request reached the handler. */
    echo: async (request, ip) =>
      Response.json({
        method: request.method,
        url: request.url,
        headers: Object.fromEntries(request.headers),
        body: await request.text(),
        ip,
      }),
    cookies: () => {
      const headers = new Headers();
      for (const cookie of ["one=1; Path=/; Expires=Wed, 21 Oct 2099 07:28:00 GMT", "two=2; Path=/"])
        headers.append("Set-Cookie", cookie);
      return new Response("cookies", { headers });
    },
  };
}

const cheapHasher: ContractHasher = {
  hash: async (password) => digest(password),
  verify: async (phc, password) => phc === digest(password),
  needsRehash: () => false,
};

function digest(password: string): string {
  return `$contract$${createHash("sha256").update(password).digest("hex")}`;
}

/** The same store, every verb of which fails while it is away; its parts as well. */
function unreliable<Part extends object>(part: Part, isOut: () => boolean): Part {
  return new Proxy(part, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === "object" && value !== null) return unreliable(value, isOut);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (isOut()) throw new SojournError("store_unavailable");
        return Reflect.apply(value, target, args);
      };
    },
  });
}

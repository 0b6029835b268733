import {
  cookieName,
  createSite,
  origin,
  service,
  type Site,
  type SiteOptions,
  testSecret,
} from "../http/http-test-kit.fixture.ts";
import type { Browser } from "../http/browser.fixture.ts";
import { sampleSession } from "../testing/index.ts";
import { createVerifier, type Verifier, type VerifierOptions } from "./index.ts";

/** A verifier beside a site, and the way between them. */
export interface Edge {
  readonly verifier: Verifier;
  /** What the verifier asked the site for: paths with their query. */
  readonly asked: string[];
  readonly failures: unknown[];
  /** While true the site cannot be reached. */
  readonly cut: { way: boolean };
}

/** What a site and its verifier have in common. */
export type Shared = Pick<SiteOptions, "jwt" | "cookie" | "transports"> & {
  readonly strategy: "hybrid" | "stateless";
};

/** A verifier of a site; with its clock, and in its process. */
export function edgeOf(site: Site, shared: Shared, options: Partial<VerifierOptions> = {}): Edge {
  const edge = { asked: [] as string[], failures: [] as unknown[], cut: { way: false } };
  const { alg = "HS256" } = shared.jwt ?? {};
  const verifier = createVerifier({
    ...(shared as Partial<VerifierOptions>),
    baseURL: origin,
    ...(alg.startsWith("HS") || shared.cookie?.encrypt === true ? { secret: testSecret } : {}),
    revocations: { service },
    clock: site.clock,
    onFailure: (error) => void edge.failures.push(error),
    async fetch(url, init) {
      edge.asked.push(url.slice(`${origin}/auth`.length));
      if (edge.cut.way) throw new TypeError("fetch failed");
      return site.auth.handler(new Request(url, init));
    },
    ...options,
  });
  return { verifier, ...edge };
}

/** A site with a user signed in, and a verifier beside it. */
export async function signedInAtEdge(
  shared: Shared,
  options: Partial<VerifierOptions> = {},
  more: SiteOptions = {},
): Promise<
  Edge & { readonly site: Site; readonly browser: Browser; readonly access: { readonly cookie: string } }
> {
  const { strategy, ...rest } = shared;
  const site = createSite(strategy, { ...rest, ...more });
  const browser = await site.signedUp();
  return { site, browser, access: accessOf(browser), ...edgeOf(site, shared, options) };
}

/** The session cookie of a browser alone, without that of the refresh token. */
export function accessOf(browser: Browser): { readonly cookie: string } {
  return { cookie: `${cookieName}=${browser.value(cookieName)}` };
}

/** Lets so much time pass that the first key of a ring in the store signs. */
export async function firstStoredKey({ clock, auth }: Site): Promise<void> {
  await auth.ready();
  await clock.advance(2000);
  clock.jumpTo(clock.now() + 86_400_000);
  await clock.advance(2000);
}

/** Begins sessions of others and ends them. */
export async function endMany({ accounts, clock }: Site, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const session = sampleSession({ createdAt: clock.now() });
    await accounts.sessions.create(session, null);
    await accounts.sessions.revoke(session.sid, clock.now(), "revoked");
  }
}

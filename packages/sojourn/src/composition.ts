import { contentsOf, type LoadContents } from "./auth-data.ts";
import type { AuthOptions, StrategyName } from "./auth-options.ts";
import { borderOf } from "./border.ts";
import { type CookieSettings, resolveCookies } from "./cookies/cookie-options.ts";
import type { KeyRing } from "./crypto/key-ring.ts";
import { createSealer } from "./crypto/seal.ts";
import { createSigner } from "./crypto/signer.ts";
import { publicKeysMaxAge } from "./domain/key-policy.ts";
import type { RateLimitPolicy } from "./domain/policy/rate-limits.ts";
import { type Ground, groundOf } from "./ground.ts";
import type { HttpParts } from "./http/call.ts";
import type { Handler } from "./http/handler.ts";
import { RequestAuthenticator } from "./http/request-authenticator.ts";
import type { RequestGuard } from "./http/request-guard.ts";
import { RequestImpersonation } from "./http/request-impersonation.ts";
import { CredentialTransport } from "./http/transport.ts";
import { composeImpersonation } from "./impersonation.ts";
import { loadLimits, rateLimitPolicy } from "./load-limits.ts";
import type { LoginMethod } from "./login/login-method.ts";
import { sessionClientsOf } from "./session-clients-setup.ts";
import type { Store } from "./ports/session-store.ts";
import { providersOf } from "./provider-setup.ts";
import { Authenticator } from "./session/authenticator.ts";
import { type Clean, cleaningOf } from "./session/cleaning.ts";
import type { KeyGate } from "./session/key-gate.ts";
import { LastSeen } from "./session/last-seen.ts";
import type { SessionClients, ClientVerbs } from "./session/session-clients.ts";
import { SessionManager } from "./session/session-manager.ts";
import { SessionStarter } from "./session/session-starter.ts";
import { Sweeper } from "./session/sweeper.ts";
import { Upgrades } from "./session/upgrades.ts";
import { UserChanges } from "./session/user-changes.ts";
import { exposesData } from "./session-data-options.ts";
import { idleEndsOf, stepUpParts } from "./step-up-parts.ts";
import type { LocalRevocations } from "./strategies/local-revocations.ts";
import type { PollingFeed } from "./strategies/polling-feed.ts";
import type { Strategy } from "./strategies/verification.ts";
import { strategySetup } from "./strategy-setup.ts";

/** Sojourn's parts, put together. */
export interface Composition extends Omit<HttpParts, "requestGuard" | "limits"> {
  /** Null where nothing is limited. */
  readonly rateLimits: RateLimitPolicy | null;
  readonly store: Store | null;
  readonly lastSeen: LastSeen | null;
  readonly clients: SessionClients;
  readonly sweeper: Sweeper | null;
  readonly ring: KeyRing;
  /** Null where all keys come from the secret. */
  readonly keyGate: KeyGate | null;
  readonly users: UserChanges;
  readonly loadContents: LoadContents;
  readonly loadHandler: () => Promise<Handler>;
  readonly loadGuard: () => Promise<RequestGuard>;
}

/** The ground, and what proves sessions on it. */
interface Proven extends Ground {
  readonly store: Store | null;
  readonly login: readonly LoginMethod[];
  readonly strategy: Strategy;
  readonly revocations: LocalRevocations | null;
  readonly cookies: CookieSettings;
}

/** Builds the parts. The one file that knows them all. */
export function compose(options: AuthOptions, baseURL: URL | null, production: boolean): Composition {
  const name: StrategyName = options.strategy ?? (options.store === undefined ? "stateless" : "stateful");
  const { ground, store, login } = groundOf(options, name, production);
  const { ring, keyGate } = ground;
  const signer = createSigner({ ring, alg: options.jwt?.alg ?? "HS256" });
  const { strategy, revocations, feed } = strategySetup(name, ground, signer, baseURL);
  const cookies = resolveCookies(options.cookie ?? {}, baseURL);
  const proven: Proven = { ...ground, store, login, strategy, revocations, cookies };

  const clients = sessionClientsOf(proven, store?.entries, (): ClientVerbs => ({
    changed: (userId) => writing.users.changed(userId),
    revoke: (sid, reason, context) => writing.sessions.revoke(sid, reason, context),
  }));
  const reading = readingParts(proven, clients);
  const writing = writingParts(proven, reading);
  const { loadGuard, ...border } = borderOf({ ...proven, ...reading }, baseURL);
  const { sweeper, users, ...asked } = requestParts(proven, reading, writing);
  const { lastSeen, ...shown } = reading;
  const loadContents = contentsOf({ ...ground, ...shown, ...asked, store: ground.sessions }, options);
  const http = {
    ...shown,
    ...asked,
    ...border,
    trustedProxies: options.trustedProxies ?? 0,
    clearSiteData: options.clearSiteData ?? [],
    services: options.services ?? [],
    ready: () => keyGate?.ready(),
    signer,
    jwksMaxAge: publicKeysMaxAge(keyGate?.policy ?? null),
    revocations,
    news: newsOf(ground, revocations, feed),
    keyIds: () => ring.ids,
    exposedData: exposesData(options.session?.data)
      ? async (sid: string) => (await loadContents()).exposed(sid)
      : null,
    loadAudit: ground.loadAudit,
    exportUser: async (...user: Parameters<HttpParts["exportUser"]>) =>
      (await import("./user-data.ts")).exportUserOf({ ...proven, ...asked }, ...user),
  };
  const rateLimits = rateLimitPolicy(options);
  const loadHandler = async (): Promise<Handler> => {
    const { createHandler } = await import("./http/handler.ts");
    const limits = await loadLimits(options, rateLimits, { ...ground, ring: ground.secrets });
    return createHandler({ ...http, limits, requestGuard: await loadGuard() });
  };
  const loading = { loadContents, loadHandler, loadGuard };
  return { ...http, ...loading, rateLimits, store, lastSeen, sweeper, ring, keyGate, users };
}

/** What tells who a request is from. */
function readingParts(proven: Proven, clients: SessionClients) {
  const { options, strategy, sessions, clock, events, callbacks, policy, ring, cookies } = proven;
  const lastSeen =
    sessions === null
      ? null
      : new LastSeen(sessions, clock, (error) =>
          events.failure("sojourn: last-seen times could not be written", error),
        );
  const transports = options.transports ?? ["cookie"];
  const sealer = cookies.encrypt ? createSealer(ring) : null;
  const hasRefresh = strategy.name === "hybrid";
  const transport = new CredentialTransport({ cookies, transports, hasRefresh, sealer });
  const { touchInterval } = policy;
  const authenticator = new RequestAuthenticator(
    transport,
    new Authenticator({ strategy, clock, events, lastSeen, callbacks, touchInterval }),
    events,
    clients,
  );
  return { strategy, clock, events, lastSeen, transport, transports, authenticator, clients };
}

/** What begins, changes and ends sessions. */
function writingParts(proven: Proven, { transport, clients }: ReturnType<typeof readingParts>) {
  const { options, policy, clock, store, strategy, revocations, sessions: stored, cookies } = proven;
  const entries = store?.entries ?? null;
  const clean = cleaningOf({ sessions: stored, entries }, clock, policy.endedRetention);
  const sweeper = options.sweep === false ? null : sweeperOf(proven, clean);
  const made = { ...proven, store: stored, entries, strategy, revocations, clients };
  const starter = new SessionStarter({ ...made, sweeper });
  const idleEnds = idleEndsOf(options, policy);
  const sessions = new SessionManager({ ...made, clean, idleEnds });
  const users = new UserChanges({ ...made, sessions });
  const loadProviders = providersOf(proven, cookies);
  const carryOver: HttpParts["carryOver"] =
    loadProviders === null
      ? null
      : async (fromSid, to) => (await loadProviders()).accounts.sessions?.follow(fromSid, to);
  const acting = composeImpersonation(
    options.impersonation,
    { ...made, starter, sessions, transport, carryOver },
    cookies,
  );
  const upgrades = new Upgrades({ ...made, sessions });
  return { sweeper, starter, sessions, idleEnds, users, acting, upgrades, loadProviders, carryOver };
}

/** The same for the session of a request, and what asks for proofs. */
function requestParts(
  proven: Proven,
  reading: ReturnType<typeof readingParts>,
  { idleEnds, acting, ...writing }: ReturnType<typeof writingParts>,
) {
  const { options, policy, login } = proven;
  const { authenticator } = reading;
  const basePath = options.basePath ?? "/auth";
  const parked = acting?.parked ?? null;
  const verbs = { ...reading, ...writing, policy, parked };
  const stepUp = stepUpParts(verbs, { ...proven, basePath, idleEnds });
  const { requests } = stepUp;
  const impersonation =
    acting === null ? null : new RequestImpersonation({ ...acting, requests, authenticator });
  return { ...writing, ...stepUp, policy, parked, basePath, impersonation, login };
}

/** Few are asked for news, so that what gives it loads when it is. */
function newsOf(
  { sessions: store, clock }: Ground,
  revocations: LocalRevocations | null,
  feed: PollingFeed | null,
): HttpParts["news"] {
  if (revocations === null || feed === null || store === null) return null;
  return async (cursor) =>
    (await import("./strategies/revocation-news.ts")).newsSince(
      { revocations, feed, store },
      cursor,
      clock.now(),
    );
}

function sweeperOf({ clock, random, events }: Ground, clean: Clean | null): Sweeper | null {
  if (clean === null) return null;
  return new Sweeper(clean, clock, random, (error) =>
    events.failure("sojourn: sessions that are over could not be removed", error),
  );
}

import type { AuthOptions, StrategyName } from "./auth-options.ts";
import { borderOf } from "./border.ts";
import { resolveCookies } from "./cookies/cookie-options.ts";
import { developmentSecret } from "./crypto/development-secret.ts";
import { createKeyRing, type KeyRing } from "./crypto/key-ring.ts";
import { systemRandom } from "./crypto/random.ts";
import { createSealer } from "./crypto/seal.ts";
import { checkSecret } from "./crypto/secrets.ts";
import { createSigner } from "./crypto/signer.ts";
import { defaultClockSkew } from "./domain/claims.ts";
import { publicKeysMaxAge, resolveKeyPolicy } from "./domain/key-policy.ts";
import type { SessionPolicy } from "./domain/policy.ts";
import type { HttpParts } from "./http/call.ts";
import type { Handler } from "./http/handler.ts";
import { RequestAuthenticator } from "./http/request-authenticator.ts";
import type { RequestGuard } from "./http/request-guard.ts";
import { RequestImpersonation } from "./http/request-impersonation.ts";
import { CredentialTransport } from "./http/transport.ts";
import { composeImpersonation } from "./impersonation.ts";
import type { LoginMethod, PasswordMethod } from "./login/login-method.ts";
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";
import type { RevocationSignals, SessionStore, Store } from "./ports/session-store.ts";
import type { Signer } from "./ports/signer.ts";
import type { UserDirectory } from "./ports/user-directory.ts";
import { Authenticator } from "./session/authenticator.ts";
import type { Callbacks } from "./session/callbacks.ts";
import { type Clean, cleaningOf } from "./session/cleaning.ts";
import type { BaseUser } from "./domain/principal.ts";
import { EventLog } from "./session/event-log.ts";
import { KeyGate } from "./session/key-gate.ts";
import { LastSeen } from "./session/last-seen.ts";
import { SessionManager } from "./session/session-manager.ts";
import { SessionStarter } from "./session/session-starter.ts";
import { Sweeper } from "./session/sweeper.ts";
import { UserChanges } from "./session/user-changes.ts";
import { Upgrades } from "./session/upgrades.ts";
import { HybridStrategy } from "./strategies/hybrid.ts";
import { LocalRevocations } from "./strategies/local-revocations.ts";
import { PollingFeed } from "./strategies/polling-feed.ts";
import { StatefulStrategy } from "./strategies/stateful.ts";
import { StatelessStrategy } from "./strategies/stateless.ts";
import type { TokenSettings } from "./strategies/token-claims.ts";
import { TokenIssuer } from "./strategies/token-issuer.ts";
import { TokenReader } from "./strategies/token-reader.ts";
import { createUserResolver, type UserResolver } from "./strategies/user-resolver.ts";
import type { Strategy } from "./strategies/verification.ts";
import { providersOf } from "./provider-setup.ts";
import { idleEndsOf, policyOf, stepUpParts } from "./step-up-parts.ts";
import { systemClock } from "./system-clock.ts";

/** Sojourn's parts, put together. */
export interface Composition extends Omit<HttpParts, "requestGuard"> {
  readonly store: Store | null;
  readonly lastSeen: LastSeen | null;
  readonly sweeper: Sweeper | null;
  readonly ring: KeyRing;
  /** Null where all keys come from the secret. */
  readonly keyGate: KeyGate | null;
  readonly users: UserChanges;
  readonly loadHandler: () => Promise<Handler>;
  readonly loadGuard: () => Promise<RequestGuard>;
}

/** The longest token that fits into a cookie beside its name; more only in pieces. */
const longestToken = 3500;
const longestChunkedToken = 7000;
const defaultCacheSize = 10_000;

/** What every part below is made from. */
interface Ground {
  readonly options: AuthOptions;
  readonly policy: SessionPolicy;
  readonly ring: KeyRing;
  /** The keys of the app's secrets, for what is kept longer than keys that rotate. */
  readonly secrets: KeyRing;
  readonly keyGate: KeyGate | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventLog;
  readonly sessions: SessionStore | null;
  readonly signals: RevocationSignals | null;
  readonly directory: UserDirectory | null;
  readonly resolveUser: UserResolver;
  readonly callbacks: Callbacks<BaseUser, object>;
}

/** Builds the parts. The one file that knows them all. */
export function compose(options: AuthOptions, baseURL: URL | null, production: boolean): Composition {
  const name: StrategyName = options.strategy ?? (options.store === undefined ? "stateless" : "stateful");
  const { ground, store, login } = groundOf(options, name, production);
  const { policy, clock, ring, keyGate, events, sessions, callbacks } = ground;

  const signer = createSigner({ ring, alg: options.jwt?.alg ?? "HS256" });
  const revocations = sessions === null ? null : revocationsOf(ground, name, sessions);
  if (keyGate !== null) keyGate.follow = () => revocations?.start();
  const strategy = strategyOf(name, ground, signer, revocations, tokenSettings(ground, baseURL));
  warnOfLimits(strategy, ground);

  const lastSeen =
    sessions === null
      ? null
      : new LastSeen(sessions, clock, (error) =>
          events.failure("sojourn: last-seen times could not be written", error),
        );
  const cookies = resolveCookies(options.cookie ?? {}, baseURL);
  const transports = options.transports ?? ["cookie"];
  const sealer = cookies.encrypt ? createSealer(ring) : null;
  const transport = new CredentialTransport({ cookies, transports, hasRefresh: name === "hybrid", sealer });
  const authenticator = new RequestAuthenticator(
    transport,
    new Authenticator({ strategy, clock, events, lastSeen, callbacks, touchInterval: policy.touchInterval }),
    events,
  );
  const clean = cleaningOf({ sessions, entries: store?.entries ?? null }, clock, policy.endedRetention);
  const sweeper = options.sweep === false ? null : sweeperOf(ground, clean);
  const starter = new SessionStarter({ ...ground, store: sessions, strategy, revocations, sweeper });
  const idleEnds = idleEndsOf(options, policy);
  const manager = new SessionManager({ ...ground, store: sessions, strategy, revocations, clean, idleEnds });
  const entries = store?.entries ?? null;
  const changes = { ...ground, store: sessions, strategy, revocations, entries, sessions: manager };
  const made = { strategy, store: sessions, starter, sessions: manager, transport };
  const acting = composeImpersonation(options.impersonation, { ...ground, ...made }, cookies);
  const parked = acting?.parked ?? null;
  const upgrades = new Upgrades({ ...ground, strategy, store: sessions, sessions: manager });
  const { loadGuard, ...border } = borderOf({ ...ground, cookies, transport, authenticator }, baseURL);
  const loadProviders = providersOf({ ...ground, login }, cookies);
  const carryOver: HttpParts["carryOver"] =
    loadProviders === null
      ? null
      : async (fromSid, to) => (await loadProviders()).accounts.sessions?.follow(fromSid, to);
  const basePath = options.basePath ?? "/auth";
  const reading = { transport, transports, authenticator, strategy, events, clock };
  const verbs = { ...reading, starter, sessions: manager, policy, carryOver, parked, upgrades };
  const stepUp = stepUpParts(verbs, { ...ground, login, basePath, idleEnds });
  const http = {
    ...verbs,
    ...border,
    ...stepUp,
    basePath,
    trustedProxies: options.trustedProxies ?? 0,
    clearSiteData: options.clearSiteData ?? [],
    impersonation:
      acting === null
        ? null
        : new RequestImpersonation({ ...acting, requests: stepUp.requests, authenticator }),
    login,
    loadProviders,
    services: options.services ?? [],
    signer,
    jwksMaxAge: publicKeysMaxAge(keyGate?.policy ?? null),
    revocations,
  };
  const loadHandler = async (): Promise<Handler> => {
    const { createHandler } = await import("./http/handler.ts");
    return createHandler({ ...http, requestGuard: await loadGuard() });
  };
  return {
    ...http,
    store,
    lastSeen,
    sweeper,
    ring,
    keyGate,
    users: new UserChanges(changes),
    loadHandler,
    loadGuard,
  };
}

/** The parts that all others stand on, with where the users are. */
function groundOf(
  options: AuthOptions,
  name: StrategyName,
  production: boolean,
): { ground: Ground; store: Store | null; login: readonly LoginMethod[] } {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const store = options.store ?? null;
  const login = (options.login ?? []).map((make) => make({ users: store?.users ?? null, clock, random }));
  const directory = directoryOf(options, login, store);
  // A store may keep users that are not the app's; then what it says of them must not count.
  const inStore = directory !== null && (directory === store?.users || directory === store?.directory);
  const policy = policyOf({ ...options, strategy: name });
  const events = new EventLog(clock, options.onEvent ?? null, options.logger ?? null);
  const secrets = createKeyRing(secretsOf(options, production));
  const keyGate = keyGateOf(options, policy, { secrets, clock, random, events });
  const ground: Ground = {
    options,
    policy,
    ring: keyGate?.ring ?? secrets,
    secrets,
    keyGate,
    clock,
    random,
    events,
    sessions: name === "stateless" && options.revocations === "none" ? null : (store?.sessions ?? null),
    signals: store?.signals ?? null,
    directory,
    resolveUser: createUserResolver(directory, inStore),
    callbacks: options.callbacks ?? {},
  };
  return { ground, store, login };
}

/** Where the keys are in the store. */
function keyGateOf(
  { keys, store }: AuthOptions,
  policy: SessionPolicy,
  parts: Pick<Ground, "clock" | "random" | "events"> & { readonly secrets: KeyRing },
): KeyGate | null {
  const keyPolicy = resolveKeyPolicy(keys, policy, store?.entries !== undefined);
  if (keyPolicy === null || store?.entries === undefined) return null;
  const { entries, sessions } = store;
  return new KeyGate({ ...parts, entries, sessions, policy: keyPolicy, maxLag: policy.maxRevocationLag });
}

/** The secrets, checked. Only development may go without: there one is made and kept. */
function secretsOf({ secret }: AuthOptions, production: boolean): readonly string[] {
  if (secret === undefined && !production) return [developmentSecret()];
  const secrets: readonly unknown[] =
    Array.isArray(secret) && secret.length > 0 ? secret : [Array.isArray(secret) ? undefined : secret];
  return secrets.map((one, i): string => {
    checkSecret(one, secrets.length === 1 ? "secret" : `secret[${i}]`);
    return one;
  });
}

/** Where users are: where the app says, else where the login method keeps its accounts, else in the app's own table, else nowhere. */
function directoryOf(
  { users }: AuthOptions,
  login: readonly LoginMethod[],
  store: Store | null,
): UserDirectory | null {
  const passwords = login.find(({ kind }) => kind === "password") as PasswordMethod | undefined;
  // Providers' accounts are made where the store keeps users, unless the app makes them.
  const ofProviders = login.some((method) => method.kind === "redirect" && method.accounts.find === null);
  return users ?? passwords?.users ?? (ofProviders ? store?.users : null) ?? store?.directory ?? null;
}

function revocationsOf(
  { policy, clock, events, signals, keyGate }: Ground,
  name: StrategyName,
  sessions: SessionStore,
): LocalRevocations {
  const failed = (error: unknown): void =>
    events.failure("sojourn: the revocation feed cannot reach the store", error);
  const feed = new PollingFeed(sessions, signals, clock, policy.maxRevocationLag / 4, failed);
  const tokenLife = name === "hybrid" ? policy.accessTokenTtl : policy.idleTimeout;
  return new LocalRevocations(
    feed,
    policy.maxRevocationLag,
    tokenLife,
    () => keyGate?.changed(),
    (at) => keyGate?.current(at),
  );
}

function sweeperOf({ clock, random, events }: Ground, clean: Clean | null): Sweeper | null {
  if (clean === null) return null;
  return new Sweeper(clean, clock, random, (error) =>
    events.failure("sojourn: sessions that are over could not be removed", error),
  );
}

function strategyOf(
  name: StrategyName,
  ground: Ground,
  signer: Signer,
  revocations: LocalRevocations | null,
  settings: TokenSettings,
): Strategy {
  const { policy, random, resolveUser, sessions, ring, options } = ground;
  if (name === "stateful") return new StatefulStrategy(sessions as SessionStore, policy, random, resolveUser);
  const issuer = new TokenIssuer(signer, settings, policy, random);
  const cacheSize = options.jwt?.cacheSize ?? defaultCacheSize;
  if (name === "stateless") {
    const reader = new TokenReader("session", signer, settings, policy, cacheSize);
    return new StatelessStrategy({ reader, issuer, policy, store: sessions, resolveUser, revocations });
  }
  const reader = new TokenReader("access", signer, settings, policy, cacheSize);
  const needed = { store: sessions as SessionStore, revocations: revocations as LocalRevocations };
  return new HybridStrategy({
    reader,
    issuer,
    policy,
    resolveUser,
    fields: settings.fields,
    ring,
    random,
    ...needed,
  });
}

function tokenSettings({ options, callbacks }: Ground, baseURL: URL | null): TokenSettings {
  const {
    issuer = baseURL?.origin ?? "sojourn",
    audience = issuer,
    clientId = audience,
    fields = ["role"],
  } = options.jwt ?? {};
  const { jwt } = callbacks;
  return {
    issuer,
    audience,
    clientId,
    clockSkew: defaultClockSkew,
    fields,
    maxLength: options.cookie?.chunking === true ? longestChunkedToken : longestToken,
    addClaims: jwt === undefined ? null : (claims, user) => jwt({ claims, user }),
  };
}

/** What an operator should know of the chosen strategy is said once, at boot. */
function warnOfLimits(strategy: Strategy, { options }: Ground): void {
  const { logger } = options;
  if (strategy.name === "stateless" && !strategy.stored) {
    logger?.warn(
      { strategy: "stateless" },
      "sojourn: stateless sessions without a store cannot be listed or revoked before they expire",
    );
  }
  if (options.cookie?.domain !== undefined) {
    logger?.warn(
      { domain: options.cookie.domain },
      "sojourn: a cookie shared with sub-domains can be read and overwritten by each of them",
    );
  }
}

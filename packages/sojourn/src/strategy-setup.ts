import type { StrategyName } from "./auth-options.ts";
import { defaultClockSkew } from "./domain/claims.ts";
import { lifetimesOf } from "./domain/policy/lifetimes.ts";
import type { Ground } from "./ground.ts";
import type { SessionStore } from "./ports/session-store.ts";
import type { Signer } from "./ports/signer.ts";
import { HybridStrategy } from "./strategies/hybrid.ts";
import { LocalRevocations } from "./strategies/local-revocations.ts";
import { PollingFeed } from "./strategies/polling-feed.ts";
import { StatefulStrategy } from "./strategies/stateful.ts";
import { StatelessStrategy } from "./strategies/stateless.ts";
import type { TokenSettings } from "./strategies/token-claims.ts";
import { TokenIssuer } from "./strategies/token-issuer.ts";
import { type TokenPolicy, TokenReader } from "./strategies/token-reader.ts";
import type { Strategy } from "./strategies/verification.ts";

/** The longest token that fits into a cookie beside its name; more only in pieces. */
const longestToken = 3500;
const longestChunkedToken = 7000;
const defaultCacheSize = 10_000;

/** The strategy of this name, with the list of ended sessions that it goes by, and where they come from; null without a store. */
export function strategySetup(
  name: StrategyName,
  ground: Ground,
  signer: Signer,
  baseURL: URL | null,
): {
  readonly strategy: Strategy;
  readonly revocations: LocalRevocations | null;
  readonly feed: PollingFeed | null;
} {
  const { sessions, keyGate } = ground;
  const { revocations, feed } =
    sessions === null ? { revocations: null, feed: null } : revocationsOf(ground, name, sessions);
  if (keyGate !== null) keyGate.follow = () => revocations?.start();
  const strategy = strategyOf(name, ground, signer, revocations, tokenSettings(ground, baseURL));
  warnOfLimits(strategy, ground);
  return { strategy, revocations, feed };
}

function revocationsOf(
  { policy, clock, events, signals, keyGate }: Ground,
  name: StrategyName,
  sessions: SessionStore,
): { readonly revocations: LocalRevocations; readonly feed: PollingFeed } {
  const failed = (error: unknown): void =>
    events.failure("sojourn: the revocation feed cannot reach the store", error);
  const feed = new PollingFeed(sessions, signals, clock, policy.maxRevocationLag / 4, failed);
  const tokenLife = name === "hybrid" ? policy.accessTokenTtl : policy.idleTimeout;
  const revocations = new LocalRevocations(
    feed,
    policy.maxRevocationLag,
    tokenLife,
    () => keyGate?.changed(),
    (at) => keyGate?.current(at),
  );
  return { revocations, feed };
}

function strategyOf(
  name: StrategyName,
  ground: Ground,
  signer: Signer,
  revocations: LocalRevocations | null,
  settings: TokenSettings,
): Strategy {
  const { policy, random, resolveUser, sessions, ring, options, privacy } = ground;
  if (name === "stateful") return new StatefulStrategy(sessions as SessionStore, policy, random, resolveUser);
  const issuer = new TokenIssuer(signer, settings, policy, random);
  const cacheSize = options.jwt?.cacheSize ?? defaultCacheSize;
  const held: TokenPolicy = {
    lifetimesOf: (facts, user) => lifetimesOf(policy, facts, user),
    resumeIdle: policy.resumeIdle,
  };
  if (name === "stateless") {
    const reader = new TokenReader("session", signer, settings, held, cacheSize);
    return new StatelessStrategy({ reader, issuer, policy, store: sessions, resolveUser, revocations });
  }
  const reader = new TokenReader("access", signer, settings, held, cacheSize);
  const needed = { store: sessions as SessionStore, revocations: revocations as LocalRevocations };
  return new HybridStrategy({
    reader,
    issuer,
    policy,
    resolveUser,
    fields: settings.fields,
    ring,
    random,
    sameAgent: (kept, presented) => privacy.sameAgent(kept, presented),
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

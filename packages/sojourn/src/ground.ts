import type { AuthOptions, StrategyName } from "./auth-options.ts";
import { developmentSecret } from "./crypto/development-secret.ts";
import { createKeyRing, type KeyRing } from "./crypto/key-ring.ts";
import { systemRandom } from "./crypto/random.ts";
import { checkSecret } from "./crypto/secrets.ts";
import { resolveKeyPolicy } from "./domain/key-policy.ts";
import type { SessionPolicy } from "./domain/policy.ts";
import type { BaseUser } from "./domain/principal.ts";
import { keepEvents, type LoadAudit } from "./load-audit.ts";
import type { LoginMethod, PasswordMethod } from "./login/login-method.ts";
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";
import type { RevocationSignals, SessionStore, Store } from "./ports/session-store.ts";
import type { UserDirectory } from "./ports/user-directory.ts";
import type { Callbacks } from "./session/callbacks.ts";
import { ClientPrivacy } from "./session/client-privacy.ts";
import { EventLog } from "./session/event-log.ts";
import { KeyGate } from "./session/key-gate.ts";
import { policyOf } from "./step-up-parts.ts";
import { createUserResolver, type UserResolver } from "./strategies/user-resolver.ts";
import { systemClock } from "./system-clock.ts";

/** What every other part is made from. */
export interface Ground {
  readonly options: AuthOptions;
  readonly policy: SessionPolicy;
  readonly ring: KeyRing;
  /** The keys of the app's secrets, for what is kept longer than keys that rotate. */
  readonly secrets: KeyRing;
  readonly keyGate: KeyGate | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventLog;
  readonly privacy: ClientPrivacy;
  /** Null where no events are kept. */
  readonly loadAudit: LoadAudit | null;
  readonly sessions: SessionStore | null;
  readonly signals: RevocationSignals | null;
  readonly directory: UserDirectory | null;
  readonly resolveUser: UserResolver;
  readonly callbacks: Callbacks<BaseUser, object>;
}

/** The parts that all others stand on, with where the users are. */
export function groundOf(
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
  const secrets = createKeyRing(secretsOf(options, production));
  const privacy = new ClientPrivacy(options.privacy ?? {}, secrets);
  const events = new EventLog(clock, options.onEvent ?? null, options.logger ?? null, privacy);
  const loadAudit = keepEvents(options.audit, store?.entries, { clock, random, events });
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
    privacy,
    loadAudit,
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

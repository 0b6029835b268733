import { accountVerbs } from "./account-verbs.ts";
import type { Auth } from "./auth.ts";
import { auditVerbs } from "./auth-audit.ts";
import { dataVerbs } from "./auth-data.ts";
import { impersonationVerbs } from "./auth-impersonation.ts";
import { usersOf } from "./auth-users.ts";
import { keysOfSecret, keysOfStore } from "./auth-keys.ts";
import { type AuthOptions, checkOptions, parseBaseURL } from "./auth-options.ts";
import { behindKeys } from "./behind-keys.ts";
import { type Composition, compose } from "./composition.ts";
import type { DataDeclarations, DataValidator, Declared, DeclaredMessage } from "./domain/data-schema.ts";
import type { Duration } from "./domain/duration.ts";
import { SojournError } from "./domain/errors.ts";
import type { BaseUser, Principal } from "./domain/principal.ts";
import type { Handler } from "./http/handler.ts";
import type { AuthState } from "./http/request-authenticator.ts";
import { type HeaderSource, type RequestHeaders, requestHeaders } from "./http/request-headers.ts";
import { asksStore, requestVerbs, type RequestVerbs } from "./auth-requests.ts";
import { type StreamVerbs, streamVerbs } from "./auth-streams.ts";
import { activeOf, requiredOf } from "./requirements.ts";
import type { StoredUser } from "./ports/user-directory.ts";
import { noContext } from "./session/event-log.ts";
import { knownState } from "./http/known-state.ts";

/**
 * Puts Sojourn together.
 *
 * @throws {SojournError} with a `config_...` code when an option cannot work; the message says what to do.
 */
export function createAuth<
  User extends BaseUser = StoredUser,
  Extra extends object = object,
  Data extends DataDeclarations = DataDeclarations,
  Flash extends DataValidator = DataValidator,
>(
  options: AuthOptions<User, Extra, Data, Flash> = {},
): Auth<User, Extra, Declared<Data>, DeclaredMessage<Flash>> {
  const production = process.env["NODE_ENV"] === "production";
  // Inside, users are what they have in common; the caller's type holds for what goes in and out.
  const plain = options as unknown as AuthOptions;
  checkOptions(plain, production);
  const parts = compose(plain, parseBaseURL(plain.baseURL), production);
  // Nobody is signed in by it, so it loads when it is asked for.
  const policy: Auth["policy"] = async () => (await import("./policy-report.ts")).policyReport(plain, parts);
  const guard = guardVerbs(parts);
  const requests = requestVerbs(parts, guard);
  const auth: Auth = {
    ...readingVerbs(parts),
    ...requests,
    ...streamVerbs(parts, requests.protect),
    ...writingVerbs(parts),
    ...guard,
    ...housekeeping(parts),
    policy,
    accounts: accountVerbs(parts.loadProviders),
    audit: auditVerbs(parts),
  };
  const { keyGate, events } = parts;
  return (keyGate === null ? auth : behindKeys(auth, keyGate, events)) as unknown as Auth<
    User,
    Extra,
    Declared<Data>,
    DeclaredMessage<Flash>
  >;
}

type ActiveState = Extract<AuthState, { status: "active" }>;

function readingVerbs(
  parts: Composition,
): Pick<Auth, "handler" | "authenticate" | "verify" | "getSession" | "snapshot" | "requireSession"> {
  const { authenticator, policy } = parts;
  const authoritative = (maxAge: Duration | undefined): boolean => asksStore(maxAge, policy);
  let handler: Promise<Handler> | null = null;

  const authenticate: Auth["authenticate"] = async (request, { maxAge, passive, ip } = {}) => {
    const headers = headersOf(request, ip);
    return authenticator.authenticate(
      passive === undefined ? headers : { ...headers, passive },
      authoritative(maxAge),
    );
  };
  const liveState: (...args: Parameters<Auth["snapshot"]>) => Promise<ActiveState | null> = async (
    from,
    options,
  ) => {
    const isState = "status" in from && typeof from.status === "string";
    const state = knownState(
      isState ? (from as AuthState) : await authenticate(from as HeaderSource, options),
    );
    return state.status === "active" ? state : null;
  };
  return {
    // zod, hono and the routes load with the first request that needs them, not with the app.
    handler: async (request, host) => (await (handler ??= parts.loadHandler()))(request, host),
    authenticate,
    verify: (headers, { maxAge } = {}) => authenticator.authenticate(headers, authoritative(maxAge)),
    async getSession(request, options) {
      const state = await liveState(request, options);
      return state && { session: state.session, user: state.user };
    },
    async snapshot(request, options) {
      const state = await liveState(request, options);
      if (state === null) return null;
      // For servers that render pages; others need not load it.
      const { sessionReply } = await import("./http/session-reply.ts");
      return sessionReply(parts, state, state.accessExpiresAt);
    },
    async requireSession(request, options = {}) {
      return requiredOf(await authenticate(request, options), request, options, parts);
    },
  };
}

function writingVerbs(
  parts: Composition,
): Omit<
  Auth,
  | keyof ReturnType<typeof readingVerbs>
  | keyof RequestVerbs
  | keyof StreamVerbs
  | keyof ReturnType<typeof guardVerbs>
  | keyof ReturnType<typeof housekeeping>
  | "policy"
  | "accounts"
  | "audit"
> {
  const { requests, transport, sessions, starter, clock, authenticator, confirmations, challenges } = parts;
  const { data, flash, stored } = dataVerbs(parts.loadContents);
  return {
    data,
    flash,
    signIn: (principal, request, { remember = false, transport: wanted, ip } = {}) =>
      requests.begin(principal as Principal, headersOf(request, ip), remember, wanted),
    signOut: (request, { everywhere = false } = {}) => requests.end(headersOf(request), everywhere),
    async stepUp(principal, request, { ip } = {}) {
      const headers = { ...headersOf(request, ip), passive: true };
      const state = await authenticator.authenticate(headers, false);
      const mayResume = state.status === "ended" || state.status === "anonymous";
      const idle = mayResume ? await confirmations.ofIdle(headers) : null;
      const confirmable = idle ?? confirmations.ofLive(activeOf(state, challenges).session, headers);
      return confirmable.confirm(principal as Principal);
    },
    refresh: (request, { ip } = {}) => requests.renew(headersOf(request, ip)),
    createSessionCookie: ({ session, credentials }) =>
      credentials === null || session.transport === "header"
        ? []
        : transport.write(credentials, session.remember, clock.now(), null),
    clearSessionCookie: () => transport.clear({}),
    users: usersOf(parts.users, parts.exportUser),
    sessions: {
      async create(principal, { remember = false, transport: wanted } = {}, context = noContext) {
        const options = { remember, transport: requests.transportFor(wanted) };
        const { session, user, credentials } = await starter.start(principal as Principal, context, options);
        return requests.issued(session, user, credentials, {});
      },
      list: (userId, options) => sessions.list(userId, options),
      revoke: (sid, reason = "revoked") => sessions.revoke(sid, reason),
      revokeAll: (userId, options) => sessions.revokeAll(userId, options),
      ...impersonationVerbs(parts),
      touch: (sid) => sessions.touch(sid),
      ...stored,
      deleteExpired: (limit) => sessions.deleteExpired(limit),
    },
  };
}

function guardVerbs({ loadGuard }: Composition): Pick<Auth, "checkCsrf" | "csrfToken"> {
  return {
    async checkCsrf(request, { token = null, ip } = {}) {
      await (await loadGuard()).check(request, headersOf(request, ip), token);
    },
    async csrfToken(request) {
      const issued = await (await loadGuard()).token(headersOf(request));
      if (issued !== null) return issued;
      throw new SojournError("config_invalid", {
        detail: "No CSRF tokens are asked for. Give createAuth csrf: { token: true }.",
      });
    },
  };
}

function housekeeping(parts: Composition): Pick<Auth, "keys" | "ready" | "migrate" | "close"> {
  const { store, lastSeen, clients, revocations, sweeper, ring, keyGate, events } = parts;
  return {
    keys: keyGate === null ? keysOfSecret(ring) : keysOfStore(keyGate),
    async ready() {
      await keyGate?.ready();
    },
    async migrate({ dryRun = false } = {}) {
      const steps = (await store?.pendingSteps?.()) ?? [];
      if (!dryRun) await store?.migrate();
      return steps;
    },
    async close() {
      keyGate?.stop();
      revocations?.stop();
      sweeper?.stop();
      await lastSeen?.close();
      await (await clients?.())?.close();
      await events.close();
    },
  };
}

function headersOf(request: HeaderSource, ip: string | null = null): RequestHeaders {
  return requestHeaders(request, ip);
}

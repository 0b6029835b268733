import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type ClientMetadata, type Configuration, Provider } from "oidc-provider";

/** Somebody with an account at the provider; what it tells of them. */
export interface ProviderUser {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

/** Sees a request before the provider does. @returns whether it has answered it itself. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

/** A real OpenID provider (oidc-provider) on this machine, with its own pages for signing in and consenting. */
export interface TestProvider {
  readonly issuer: string;
  /** By account id, which is what one types as the user name. */
  readonly users: Map<string, ProviderUser>;
  readonly server: Provider;
  /** Paths of the requests that apps have sent. */
  readonly asked: string[];
  intercept: Intercept | null;
  /** Signs with another key from now on, and publishes that one alone. */
  rotateKeys(): void;
  close(): Promise<void>;
}

/** What a test provider can be told. */
export interface TestProviderOptions {
  readonly clients: readonly ClientMetadata[];
  readonly configuration?: Configuration;
}

export const clientId = "sojourn-test";
export const clientSecret = "a secret of 32 characters or more";

/** The client of a site that is reached at `origin`. */
export function testClient(origin: string, provider = "acme"): ClientMetadata {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    token_endpoint_auth_method: "client_secret_post",
    redirect_uris: [`${origin}/auth/callback/${provider}`],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  };
}

let keys = 0;

/** Starts a provider on a free port. */
export async function startProvider(options: TestProviderOptions): Promise<TestProvider> {
  const users = new Map<string, ProviderUser>();
  const asked: string[] = [];
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    asked.push(path);
    void (async () => {
      if ((await provider.intercept?.(request, response)) !== true) handle(request, response);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = (): Provider => {
    const instance = quietly(() => new Provider(issuer, configurationOf(options, users)));
    const callback = instance.callback();
    handle = (request, response) => void callback(request, response);
    return instance;
  };
  const provider: { -readonly [Name in keyof TestProvider]: TestProvider[Name] } = {
    issuer,
    users,
    asked,
    server: run(),
    intercept: null,
    rotateKeys() {
      provider.server = run();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return provider;
}

function configurationOf(
  { clients, configuration = {} }: TestProviderOptions,
  users: ReadonlyMap<string, ProviderUser>,
): Configuration {
  return {
    clients: [...clients],
    jwks: { keys: [{ ...newKey().export({ format: "jwk" }), kid: `key-${(keys += 1)}`, use: "sig" }] },
    cookies: { keys: ["one key of a test"] },
    ttl: {
      AccessToken: 3600,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 3600,
      Session: 3600,
    },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    scopes: ["openid", "offline_access", "email", "profile"],
    findAccount: (_ctx, id) => {
      const user = users.get(id);
      return user && { accountId: id, claims: () => ({ sub: id, ...user }) };
    },
    // It refuses to call this machine, where everything of a test is.
    fetch: (url, init = {}) => fetch(url, withoutDispatcher(init)),
    ...configuration,
  };
}

function withoutDispatcher(init: RequestInit & { readonly dispatcher?: unknown }): RequestInit {
  const { dispatcher: _dispatcher, ...rest } = init;
  return rest;
}

function newKey(): KeyObject {
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
}

/** It warns that its own pages are for development only, which this is. */
function quietly<T>(run: () => T): T {
  const { warn, info } = console;
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  try {
    return run();
  } finally {
    Object.assign(console, { warn, info });
  }
}

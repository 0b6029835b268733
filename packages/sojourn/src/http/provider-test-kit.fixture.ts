import { expect } from "vitest";
import { clientId, clientSecret, type TestProvider } from "../login/oauth/openid-provider.fixture.ts";
import { type OidcOptions, oidc } from "../login/oauth/index.ts";
import { type Deeds, type ProviderAnswer, ProviderVisitor } from "../login/oauth/provider-visitor.fixture.ts";
import { anonymous } from "../login/anonymous/index.ts";
import { memory } from "../stores/memory/index.ts";
import { password } from "../login/password/index.ts";
import type { Browser } from "./browser.fixture.ts";
import {
  believing,
  countingHasher,
  createSite,
  type Site,
  type SiteOptions,
} from "./http-test-kit.fixture.ts";
import type { Reply } from "./response-check.fixture.ts";

/** A site where one signs in at a provider called `acme`, or by password. Its time begins now, which is the provider's. */
export function providerSite(
  { issuer }: Pick<TestProvider, "issuer">,
  { acme = {}, ...options }: SiteOptions & { readonly acme?: Partial<OidcOptions> } = {},
): Site {
  const { accounts = memory() } = options;
  const login = [
    password({ hasher: countingHasher() }),
    anonymous(),
    believing(accounts),
    oidc({ name: "acme", issuer, clientId, clientSecret, ...acme }),
  ];
  const jwt = { fields: ["email", "emailVerified", "name", "role"] };
  return createSite(options.strategy ?? "stateful", {
    startAt: Date.now(),
    login,
    jwt,
    ...options,
    accounts,
  });
}

/** What a provider's answer needs to be sent. */
export interface Journey {
  readonly browser: Browser;
  readonly visitor: ProviderVisitor;
  readonly answer: ProviderAnswer;
}

/** Which way a browser goes. */
export interface Way {
  /** Of the URL that begins it. */
  readonly query?: string;
  /** The provider. */
  readonly name?: string;
  /** Somebody who is signed in at the provider already. */
  readonly visitor?: ProviderVisitor;
}

/** Sends a browser to the provider and back to our door. */
export async function travel(
  browser: Browser,
  deeds: Deeds = {},
  { query = "", name = "acme", visitor = new ProviderVisitor() }: Way = {},
): Promise<Journey> {
  const start = await browser.get(`/sign-in/${name}${query}`);
  expect(start.status, start.text).toBe(303);
  return { browser, visitor, answer: await visitor.visit(start.headers.get("location") ?? "", deeds) };
}

/** Lets the browser in through our door, with what the provider said. */
export async function arrive({ browser, answer }: Pick<Journey, "browser" | "answer">): Promise<Reply> {
  const path = `${answer.url.pathname.replace(/^\/auth/, "")}${answer.url.search}`;
  const elsewhere = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
  if (answer.form === null) return browser.get(path, elsewhere);
  return browser.post(path, answer.form.toString(), {
    ...elsewhere,
    origin: "https://provider.example",
    "content-type": "application/x-www-form-urlencoded",
  });
}

/** The whole way. */
export async function signInAt(browser: Browser, deeds?: Deeds, way?: Way): Promise<Reply> {
  return arrive(await travel(browser, deeds, way));
}

/** Where a reply sends the browser; null if it does not. */
export function sentTo({ headers }: Reply): string | null {
  return headers.get("location");
}

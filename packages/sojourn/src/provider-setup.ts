import type { AuthOptions } from "./auth-options.ts";
import type { CookieSettings } from "./cookies/cookie-options.ts";
import type { KeyRing } from "./crypto/key-ring.ts";
import { createSealer } from "./crypto/seal.ts";
import { SojournError } from "./domain/errors.ts";
import { invalidOption } from "./domain/options.ts";
import type { LoadProviders } from "./http/provider-parts.ts";
import type { LoginMethod, PasswordMethod } from "./login/login-method.ts";
import type { RedirectMethod } from "./login/redirect-method.ts";
import type { Clock } from "./ports/clock.ts";
import type { Random } from "./ports/random.ts";
import type { CredentialDirectory } from "./ports/user-directory.ts";

/** What signing in at providers is built on. */
export interface ProviderGround {
  readonly options: AuthOptions;
  readonly login: readonly LoginMethod[];
  readonly ring: KeyRing;
  /** Keys that stay, for what the store keeps of providers. */
  readonly secrets: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Checks the login methods that send the browser away, and prepares what they take.
 *
 * @returns null if there are none; else what loads the rest with the first of them.
 * @throws {SojournError} `config_invalid`, `config_store_required`.
 */
export function providersOf(ground: ProviderGround, cookies: CookieSettings): LoadProviders | null {
  const { options, login, ring, secrets, clock, random } = ground;
  checkNames(login);
  const methods = login.filter((method): method is RedirectMethod => method.kind === "redirect");
  if (methods.length === 0) return null;
  const passwords =
    login.find((method): method is PasswordMethod => method.kind === "password")?.users ?? null;
  const users: CredentialDirectory | null = passwords ?? options.store?.users ?? null;
  for (const method of methods) checkMethod(method, options, users, cookies);
  const entries = options.store?.entries ?? null;
  let loaded: ReturnType<LoadProviders> | null = null;
  return () =>
    (loaded ??= (async () => {
      const [{ createAccounts }, { LoginTransactions }, { SignOutStates }] = await Promise.all([
        import("./accounts/index.ts"),
        import("./http/login-transactions.ts"),
        import("./http/sign-out-states.ts"),
      ]);
      const sealer = createSealer(ring, "login-transaction");
      return {
        methods,
        transactions: new LoginTransactions({ cookies, sealer, entries, clock }),
        signOuts: new SignOutStates(createSealer(ring, "sign-out"), clock),
        accounts: createAccounts({ entries, users, passwords, ring: secrets, clock, random }),
      };
    })());
}

function checkNames(login: readonly LoginMethod[]): void {
  const names = login.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw invalidOption(`login: two methods are called "${twice}". Give one of them a name of its own.`);
}

function checkMethod(
  { name, accounts, responseMode }: RedirectMethod,
  { store, users: directory, transports = ["cookie"] }: AuthOptions,
  users: CredentialDirectory | null,
  cookies: CookieSettings,
): void {
  if (!transports.includes("cookie"))
    throw invalidOption(
      `${name}: a sign-in at a provider ends in a browser, so transports must hold "cookie".`,
    );
  if (responseMode === "form_post" && !cookies.attributes.secure)
    throw invalidOption(
      `${name}: the provider posts its answer, and browsers send cookies along with that over HTTPS only. Set baseURL to an https URL.`,
    );
  const needsEntries = accounts.find === null || accounts.storeTokens;
  if (needsEntries && store?.entries === undefined)
    throw new SojournError("config_store_required", {
      detail: `${name}: linked accounts and tokens need a store that keeps small records, such as sqlite("app.db") from "sojourn/sqlite". Without one give the provider an account function and leave out storeTokens.`,
    });
  if (accounts.find !== null) return;
  if (users === null)
    throw new SojournError("config_store_required", {
      detail: `${name}: accounts need a store that keeps users, such as sqlite("app.db"). If your app keeps its users itself, give the provider an account function.`,
    });
  if (directory !== undefined && directory !== users)
    throw invalidOption(
      `${name}: users is your own directory. Give the provider an account function that finds or makes users there.`,
    );
}

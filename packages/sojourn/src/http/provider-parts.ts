import type { Accounts } from "../accounts/index.ts";
import type { RedirectMethod } from "../login/redirect-method.ts";
import type { LoginTransactions } from "./login-transactions.ts";
import type { SignOutStates } from "./sign-out-states.ts";

/** What signing in at providers takes. */
export interface ProviderParts {
  readonly methods: readonly RedirectMethod[];
  readonly transactions: LoginTransactions;
  readonly accounts: Accounts;
  readonly signOuts: SignOutStates;
}

/** Loads it with the first sign-in that needs it. */
export type LoadProviders = () => Promise<ProviderParts>;

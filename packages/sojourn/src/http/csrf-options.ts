import { invalidOption, refuseUnknown } from "../domain/options.ts";

/** The `csrf` options of `createAuth`. */
export interface CsrfOptions {
  /** Ask every unsafe call that comes with a cookie for a token of its page as well. Default false. */
  readonly token?: boolean;
}

/** Whether tokens are asked for. @throws {SojournError} `config_invalid`. */
export function asksTokens(options: CsrfOptions): boolean {
  refuseUnknown("csrf.", options, ["token"]);
  const { token = false } = options;
  if (typeof token === "boolean") return token;
  throw invalidOption("csrf.token must be true or false.");
}

import { SojournError } from "../domain/errors.ts";

/** The `csrf` options of `createAuth`. */
export interface CsrfOptions {
  /** Ask every unsafe call that comes with a cookie for a token of its page as well. Default false. */
  readonly token?: boolean;
}

/** Whether tokens are asked for. @throws {SojournError} `config_invalid`. */
export function asksTokens(options: CsrfOptions): boolean {
  for (const name of Object.keys(options)) {
    if (name !== "token")
      throw new SojournError("config_invalid", { detail: `csrf.${name} is not an option. Known: token.` });
  }
  const { token = false } = options;
  if (typeof token === "boolean") return token;
  throw new SojournError("config_invalid", { detail: "csrf.token must be true or false." });
}

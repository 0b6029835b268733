import { invalidOption } from "../../domain/options.ts";
import type { MaybePromise } from "../../domain/maybe-promise.ts";
import type { Principal } from "../../domain/principal.ts";
import type { LoginMethodFactory } from "../login-method.ts";

/** Who the app says is signing in. */
export type ExternalPrincipal<User = unknown> = Omit<Principal<User>, "method">;

/** The options of {@link external}. */
export interface ExternalOptions<User = unknown> {
  /** Stands in the URL, `POST /sign-in/external/{name}`, and in `session.method`. Letters, digits, `-` and `_`. */
  readonly name: string;
  /**
   * Judges a request as it came: its headers, and its body of at most 64 KiB of text.
   *
   * @returns who is signing in, or null for nobody (`invalid_credentials`). One that throws signs nobody in.
   */
  readonly verify: (request: Request) => MaybePromise<ExternalPrincipal<User> | null>;
}

/**
 * Sign-in that the app judges itself, for `createAuth({ login: [external({ name, verify })] })`: LDAP, SAML, a
 * one-time code, whatever there is.
 *
 * @throws {SojournError} `config_invalid`.
 */
export function external<User = unknown>({ name, verify }: ExternalOptions<User>): LoginMethodFactory {
  if (typeof name !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw invalidOption("external({ name }) must be 1 to 64 letters, digits, - and _.");
  if (typeof verify !== "function")
    throw invalidOption("external({ verify }) must be a function of a request.");
  return () => ({
    kind: "request",
    name,
    async verify(request) {
      const found = await verify(request);
      if (found === null || found === undefined) return null;
      // A mistake of the app's, and not of whoever signs in: they are not to be told of it.
      if (typeof found.userId !== "string" || found.userId === "")
        throw new TypeError(`external ${name}: verify must give the userId of who it is, or null.`);
      return { ...found, method: name };
    },
  });
}

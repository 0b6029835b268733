import type { LoginMethodFactory } from "../../login-method.ts";
import { OidcLogin } from "../oidc-login.ts";
import { presetOptions, type PresetOptions } from "./preset-options.ts";

/** The options of {@link gitlab}. */
export interface GitLabOptions extends PresetOptions {
  /** Where your own GitLab is, such as `https://gitlab.example.com`. Default: gitlab.com. */
  readonly baseUrl?: string;
}

/**
 * Sign-in with GitLab, theirs or your own.
 *
 * @see https://docs.gitlab.com/integration/openid_connect_provider
 */
export function gitlab({ baseUrl = "https://gitlab.com", ...options }: GitLabOptions): LoginMethodFactory {
  const issuer = baseUrl.replace(/\/$/, "");
  return (parts) => new OidcLogin({ ...presetOptions("gitlab", options), issuer }, parts);
}

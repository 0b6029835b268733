import { type PolicySection, valueRow } from "../domain/policy/report.ts";
import type { CookieSettings } from "./cookie-options.ts";

/** How the session cookie is set. */
export function cookieSection({ sessionName, attributes, encrypt }: CookieSettings): PolicySection {
  const { secure, sameSite, path, domain, partitioned } = attributes;
  return {
    title: "Cookies",
    rows: [
      valueRow("cookie.name", sessionName, "the cookie's name, with its prefix"),
      valueRow("cookie.secure", secure, "sent over HTTPS only"),
      valueRow("cookie.httpOnly", true, "scripts cannot read it"),
      valueRow("cookie.sameSite", sameSite, "whether other sites' requests carry it"),
      valueRow("cookie.path", path, "the paths that it is sent to"),
      valueRow("cookie.domain", domain, "shared with its sub-domains", domain ?? "this host only"),
      valueRow("cookie.partitioned", partitioned, "kept apart for each site that frames this one"),
      valueRow("cookie.encrypt", encrypt, "its content is encrypted"),
      valueRow(
        "cookie.persistent",
        "remember",
        "the browser drops it on closing, unless its user asked to be remembered: then it stays until the absolute end",
        "only with remember",
      ),
    ],
  };
}

import { SojournError } from "../../domain/errors.ts";
import type { RouteHandlers } from "../call.ts";

/** Tokens that pages send back with what they do. */
export const csrfRoutes: Pick<RouteHandlers, "csrfToken"> = {
  async csrfToken({ parts, headers }) {
    const issued = await parts.requestGuard.token(headers);
    if (issued === null)
      throw new SojournError("not_found", { detail: "No CSRF tokens are asked for: csrf.token is off." });
    const { token, cookies } = issued;
    return { body: { token }, cookies };
  },
};

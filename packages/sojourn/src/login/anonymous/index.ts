import { anonymousUser } from "../../domain/principal.ts";
import type { LoginMethodFactory } from "../login-method.ts";

/**
 * Sessions for visitors who have not signed in, for `createAuth({ login: [anonymous()] })`. One begins by
 * `POST /sign-in/anonymous` and by nothing else; what is kept in it goes along when its visitor signs in.
 */
export function anonymous(): LoginMethodFactory {
  return ({ random }) => ({
    kind: "anonymous",
    name: "anonymous",
    visitor() {
      const userId = `anon_${Buffer.from(random.bytes(16)).toString("base64url")}`;
      return { userId, kind: "anonymous", method: "anonymous", user: anonymousUser(userId) };
    },
  });
}

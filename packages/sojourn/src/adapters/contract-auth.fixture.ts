import { createAuth } from "../create-auth.ts";
import { password } from "../login/password/index.ts";
import { memory } from "../stores/memory/index.ts";
import { contractSite } from "../testing/index.ts";
import type { Auth } from "../auth.ts";
import type { StoredUser } from "../ports/user-directory.ts";

/** The `auth` of an app under the adapter contract. */
export function contractAuth(): Auth<StoredUser> {
  return contractSite(({ options, hasher, store }) =>
    createAuth<StoredUser>({ ...options, store: store(memory()), login: [password({ hasher })] }),
  );
}

import type { Auth, StoredUser } from "sojourn";
import { createClient } from "sojourn/client";

/** Who is signed in, in all tabs, and what they can do about it: what any app takes from the library. */
export const client = createClient<Auth<StoredUser>>();

/** What the client knows. */
export type SessionState = ReturnType<typeof client.$session.get>;

/** Calls back at once and with each change. */
export function onSession(listener: (state: SessionState, before: SessionState | undefined) => void): void {
  client.$session.subscribe(listener);
}

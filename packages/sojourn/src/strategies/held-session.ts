import type { KeyRing } from "../crypto/key-ring.ts";
import { isGenuine, parseRefreshToken } from "../crypto/refresh-token.ts";
import type { SessionPolicy } from "../domain/policy.ts";
import { decideRotation } from "../domain/rotation.ts";
import type { SessionStore } from "../ports/session-store.ts";
import { withNews } from "./lineage-key.ts";
import type { TokenReader } from "./token-reader.ts";
import type { HeldSession, Presented, SameAgent } from "./verification.ts";

/** What it takes to find the session of a self-contained token. */
export interface TokenParts {
  readonly reader: TokenReader;
  readonly store: SessionStore;
}

/** What it takes to find the session of a refresh token. */
export interface RefreshParts {
  readonly store: SessionStore;
  readonly ring: KeyRing;
  readonly policy: SessionPolicy;
  readonly sameAgent: SameAgent;
}

/** The session of a genuine token, also of one that has run out. */
export async function heldByToken(
  { reader, store }: TokenParts,
  { access, transport }: Presented,
  now: number,
): Promise<readonly HeldSession[]> {
  const token = access === null ? null : await reader.onceGood(access, transport, now);
  const found = token === null ? null : await store.find(token.sid);
  return found === null ? [] : [{ record: found.record, reuse: null }];
}

/** The session of a genuine refresh token, wherever in the lineage it stands: the MAC proves whose it was. */
export async function heldByRefresh(
  { store, ring, policy, sameAgent: isSame }: RefreshParts,
  { refresh, transport, userAgent }: Presented,
  now: number,
): Promise<readonly HeldSession[]> {
  const token = refresh === null ? null : parseRefreshToken(refresh);
  const record = token === null ? undefined : (await store.find(token.sid))?.record;
  const lineage = record?.refresh ?? null;
  await withNews(ring, lineage, () => undefined);
  if (token === null || record === undefined || lineage === null || !isGenuine(ring, token, lineage))
    return [];
  if (record.transport !== transport) return [];
  const { counter } = token;
  // A service that asks for somebody else says no user agent; that alone must not look like theft.
  const sameAgent = userAgent === null || (await isSame(record.userAgent, userAgent));
  const { action } = decideRotation(lineage, { counter, sameAgent }, policy.rotationGrace, now);
  return [{ record, reuse: action === "revoke" ? { counter, head: lineage.counter } : null }];
}

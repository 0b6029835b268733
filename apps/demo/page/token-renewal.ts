import type { SessionReply } from "sojourn";
import { call, type Failure, isOutage, isSignedOut } from "./api.ts";
import { demoFacts } from "./demo-facts.ts";
import { currentWho, isReachable, onWho, setWho, type User } from "./page-state.ts";
import { serverNow } from "./server-time.ts";
import { end, refresh } from "./session-sync.ts";
import { onTabMessage, tellTabs } from "./tab-channel.ts";

/** When the access token was made, by the server's clock; null if this page was loaded with it. */
let madeAt: number | null = null;
let underWay: Promise<Failure | null> | null = null;

/** Renews the access token of the hybrid strategy before it runs out, so that no request has to wait for that. */
export function renewByItself(): void {
  onWho((who, before) => {
    if (who.phase !== "signed-in") madeAt = null;
    // Whoever signs in on this page has a token that is new. After loading the page its age is unknown.
    else if (before.phase === "signed-out") madeAt = serverNow();
  });
  onTabMessage(({ type }) => {
    if (type === "renewed") madeAt = serverNow();
  });
}

/** When the token is renewed, in ms of the server's clock; null where there is none. */
export function renewalDueAt(): number | null {
  const ttl = demoFacts()?.lifetimes.accessTokenTtl ?? null;
  if (ttl === null || currentWho().phase !== "signed-in") return null;
  if (madeAt === null) return 0;
  // A quarter of its life for the renewal itself and a clock that is a little off; more than the second
  // between two looks, and no more than ten.
  return madeAt + ttl * 1000 - Math.min(10_000, Math.max(2000, ttl * 250));
}

/** Renews if it is time; for a page that somebody looks at. */
export async function renewIfDue(): Promise<void> {
  const dueAt = renewalDueAt();
  if (dueAt === null || serverNow() < dueAt || !isReachable()) return;
  const failure = await renew();
  if (failure === null || isOutage(failure)) return;
  // Once more when the next one would be due, and not each second.
  madeAt = serverNow();
  if (isSignedOut(failure)) await (failure.reason === undefined ? refresh() : end(failure.reason));
}

/** Renews now. Calls at the same time share one request. @returns what went wrong, or null. */
export function renew(): Promise<Failure | null> {
  underWay ??= exchange().finally(() => {
    underWay = null;
  });
  return underWay;
}

async function exchange(): Promise<Failure | null> {
  const askedAt = serverNow();
  const reply = await call<SessionReply<User>>("POST", "/auth/refresh", {});
  const who = currentWho();
  if (!reply.ok) return reply.error;
  if (who.phase === "signed-in") setWho({ ...who, session: reply.data.session });
  madeAt = askedAt;
  tellTabs({ type: "renewed" });
  return null;
}

import type { EndReason, Session, SessionListReply, SessionReply } from "sojourn";
import { call, type Failure, isOutage, isSignedOut } from "./api.ts";
import { demoFacts } from "./demo-facts.ts";
import { currentRevision, currentWho, setWho, type User, type Who } from "./page-state.ts";
import { serverNow } from "./server-time.ts";
import { showToast } from "./toast.ts";
import { endingText } from "./wording.ts";

/** Asks the server who is here. An outage leaves everything as it was. */
export async function load(): Promise<void> {
  const revision = currentRevision();
  const reply = await call<SessionReply<User> | null>("GET", "/auth/session");
  if (!reply.ok || revision !== currentRevision()) return;
  if (reply.data !== null) return adopt(reply.data);
  const before = currentWho();
  if (before.phase !== "signed-out") leave(before.phase === "loading" ? null : endingText(lapseOf(before)));
}

let underWay: Promise<void> | null = null;

/** Brings the page up to date: the list of devices, and with it this session. Calls at the same time share one request. */
export function refresh(): Promise<void> {
  underWay ??= updateUntilCurrent().finally(() => {
    underWay = null;
  });
  return underWay;
}

async function updateUntilCurrent(): Promise<void> {
  // Once more if something happened here while the reply was on its way: it tells of a time before.
  if (await update()) await update();
}

/** @returns whether it was overtaken. */
async function update(): Promise<boolean> {
  const revision = currentRevision();
  if (currentWho().phase !== "signed-in") {
    await load();
    return false;
  }
  const reply = await call<SessionListReply>("GET", "/auth/sessions");
  const session = reply.ok ? sessionIn(reply.data.sessions) : null;
  const who = currentWho();
  if (revision !== currentRevision() || who.phase !== "signed-in") {
    if (!reply.ok && isSignedOut(reply.error)) amend(reply.error.reason ?? null);
    return true;
  }
  if (!reply.ok) {
    if (isSignedOut(reply.error)) await end(reply.error.reason ?? null);
  } else if (session === null || session.userId !== who.user.id) {
    // Another user signed in from another tab, so that even the name on the page is wrong.
    await load();
  } else {
    setWho({ ...who, session, devices: reply.data.sessions });
  }
  return false;
}

/** The list holds this session as the store knows it. A self-contained one is what its token says, until that is new. */
function sessionIn(devices: SessionListReply["sessions"]): Session | null {
  const listed = devices.find(({ current }) => current) ?? null;
  const who = currentWho();
  const kept =
    who.phase === "signed-in" && who.session.sid === listed?.sid && demoFacts()?.strategy === "stateless";
  if (kept || listed === null) return kept ? who.session : null;
  // A list says less of who acts in a session than the session itself.
  return { ...listed, actor: who.phase === "signed-in" ? who.session.actor : null };
}

/** Shows a session that has begun or changed. */
export function adopt({ session, user }: SessionReply<User>): void {
  const before = currentWho();
  const same = before.phase === "signed-in" && before.user.id === user.id;
  setWho({ phase: "signed-in", user, session, devices: same ? before.devices : null });
  void refresh();
}

/** A session that another one takes the place of may be over before the reply with the new cookie is here. */
const looksForSuccessor = 20;
const betweenLooks = 100;

/**
 * The session of this page is over. If this browser has another one by now, because somebody signed in
 * or changed the password, maybe in another tab, that one is shown instead.
 */
export async function end(reason: EndReason | null): Promise<void> {
  const before = currentWho();
  const revision = currentRevision();
  for (let looks = reason === "superseded" ? looksForSuccessor : 1; looks > 0; looks -= 1) {
    const reply = await call<SessionReply<User> | null>("GET", "/auth/session");
    if (revision !== currentRevision()) return amend(reason);
    if (reply.ok && reply.data !== null) {
      adopt(reply.data);
      const sameUser = before.phase === "signed-in" && before.user.id === reply.data.user.id;
      if (!sameUser) showToast("Another account signed in from this browser.");
      return;
    }
    if (looks > 1) await new Promise((resolve) => setTimeout(resolve, betweenLooks));
    if (revision !== currentRevision()) return;
  }
  leave(endingText(reason ?? lapseOf(before)));
}

/** Timers and the guess of the server's clock are not exact to the moment, in ms. */
const aboutNow = 1000;

/**
 * Which timeout a session ran into, as far as this page can tell. Of several requests at that moment only
 * the first still has a cookie and is told why; the others are just not signed in.
 */
function lapseOf(who: Who): EndReason | null {
  if (who.phase !== "signed-in") return null;
  const { absoluteExpiresAt, idleExpiresAt } = who.session;
  const soon = serverNow() + aboutNow;
  if (soon >= Date.parse(absoluteExpiresAt)) return "expired";
  return soon >= Date.parse(idleExpiresAt) ? "idle" : null;
}

/** Of two requests that found the session over, the first may not have been told why. */
function amend(reason: EndReason | null): void {
  const who = currentWho();
  if (reason !== null && who.phase === "signed-out" && who.why === endingText(null))
    leave(endingText(reason));
}

/** Shows the signed-out view, with why. */
export function leave(why: string | null): void {
  setWho({ phase: "signed-out", why });
}

/** Tells why an act failed; one that failed because the session is over changes the view. */
export async function explain(failure: Failure): Promise<void> {
  if (isSignedOut(failure)) return end(failure.reason ?? null);
  showToast(failure.detail);
  if (!isOutage(failure)) await refresh();
}

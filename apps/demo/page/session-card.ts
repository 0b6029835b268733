import type { Session, SessionReply } from "sojourn";
import { call } from "./api.ts";
import { onPress } from "./busy.ts";
import { demoFacts } from "./demo-facts.ts";
import { element, setText } from "./elements.ts";
import { currentWho, onWho, type User } from "./page-state.ts";
import { serverNow } from "./server-time.ts";
import { adopt, explain } from "./session-sync.ts";
import { tellTabs } from "./tab-channel.ts";
import { lengthText, moment, timeAgo, timeLeft } from "./time-text.ts";
import { showToast } from "./toast.ts";
import { renew, renewalDueAt } from "./token-renewal.ts";
import { promises, strategyTitle } from "./wording.ts";

const paragraph = (id: string): HTMLParagraphElement => element(id, HTMLParagraphElement);
const tokenTimer = element("token", HTMLDivElement);
const renewButton = element("renew", HTMLButtonElement);

/** Shows this session: what keeps it, and how long it lasts. */
export function showSessionCard(): void {
  onWho((who) => {
    if (who.phase === "signed-in") render(who.session);
  });
  onPress(element("touch", HTMLButtonElement), touch);
  onPress(renewButton, renewNow);
  onPress(element("copy-sid", HTMLButtonElement), copySid);
}

/** Moves the countdowns on; once a second. */
export function tickSessionCard(): void {
  const who = currentWho();
  if (who.phase !== "signed-in") return;
  const { lastSeenAt, createdAt, idleExpiresAt, absoluteExpiresAt } = who.session;
  const now = serverNow();
  countDown("idle", Date.parse(idleExpiresAt), Date.parse(idleExpiresAt) - Date.parse(lastSeenAt), now);
  countDown(
    "absolute",
    Date.parse(absoluteExpiresAt),
    Date.parse(absoluteExpiresAt) - Date.parse(createdAt),
    now,
  );
  const renewal = renewalDueAt();
  const ttl = demoFacts()?.lifetimes.accessTokenTtl ?? 0;
  if (renewal !== null) countDown("token", renewal, ttl * 1000, now);
  setText(element("last-touch", HTMLElement), timeAgo(now - Date.parse(lastSeenAt)));
}

/** The text tells what the line shows, so the line itself is nothing for screen readers. */
function countDown(name: "idle" | "absolute" | "token", endsAt: number, whole: number, now: number): void {
  setText(paragraph(`${name}-left`), timeLeft(endsAt - now));
  element(`${name}-bar`, HTMLProgressElement).value = Math.min(1, Math.max(0, (endsAt - now) / whole));
}

function render(session: Session): void {
  const facts = demoFacts();
  if (facts !== null) {
    setText(element("strategy", HTMLSpanElement), strategyTitle(facts.strategy));
    setText(paragraph("strategy-promise"), promises[facts.strategy]);
    const { accessTokenTtl: ttl } = facts.lifetimes;
    tokenTimer.hidden = ttl === null;
    renewButton.hidden = ttl === null;
    if (ttl !== null)
      setText(paragraph("token-note"), `It lives for ${lengthText(ttl)} here, so that you can watch it.`);
  }
  setText(element("signed-in-at", HTMLElement), moment(session.createdAt, serverNow()));
  setText(
    element("remembered", HTMLElement),
    session.remember ? "Yes, after the browser closes too" : "No, ends with the browser",
  );
  setText(element("sid", HTMLElement), `${session.sid.slice(0, 8)}…${session.sid.slice(-6)}`);
  tickSessionCard();
}

async function touch(): Promise<void> {
  const reply = await call<SessionReply<User>>("POST", "/auth/touch", {});
  if (!reply.ok) return explain(reply.error);
  adopt(reply.data);
  tellTabs({ type: "changed" });
  showToast("Noted: you are here.");
}

async function renewNow(): Promise<void> {
  const failure = await renew();
  if (failure !== null) return explain(failure);
  showToast("The tokens are new.");
}

async function copySid(): Promise<void> {
  const who = currentWho();
  if (who.phase !== "signed-in") return;
  try {
    await navigator.clipboard.writeText(who.session.sid);
    showToast("Session id copied.");
  } catch {
    showToast(`This browser does not let the page copy. The id is ${who.session.sid}`);
  }
}

import type { Session } from "sojourn";
import { onPress } from "./busy.ts";
import { client, onSession } from "./client.ts";
import { demoFacts } from "./demo-facts.ts";
import { element, setText } from "./elements.ts";
import { explain } from "./failures.ts";
import { lengthText, moment, timeAgo, timeLeft } from "./time-text.ts";
import { showToast } from "./toast.ts";
import { promises, strategyTitle } from "./wording.ts";

const paragraph = (id: string): HTMLParagraphElement => element(id, HTMLParagraphElement);
const tokenTimer = element("token", HTMLDivElement);
const renewButton = element("renew", HTMLButtonElement);

/** Shows this session: what keeps it, and how long it lasts. */
export function showSessionCard(): void {
  onSession(({ session }) => {
    if (session !== null) render(session);
  });
  onPress(element("touch", HTMLButtonElement), touch);
  onPress(renewButton, renewNow);
  onPress(element("copy-sid", HTMLButtonElement), copySid);
}

/** Moves the countdowns on; once a second. */
export function tickSessionCard(): void {
  const { session, renewal } = client.$session.get();
  if (session === null) return;
  const { lastSeenAt, createdAt, idleExpiresAt, absoluteExpiresAt } = session;
  const now = client.now();
  countDown("idle", Date.parse(idleExpiresAt), Date.parse(idleExpiresAt) - Date.parse(lastSeenAt), now);
  countDown(
    "absolute",
    Date.parse(absoluteExpiresAt),
    Date.parse(absoluteExpiresAt) - Date.parse(createdAt),
    now,
  );
  const ttl = demoFacts()?.lifetimes.accessTokenTtl ?? null;
  tokenTimer.hidden = ttl === null || renewal?.by !== "refresh";
  if (ttl !== null && renewal?.by === "refresh") {
    const dueAt = Date.parse(renewal.at);
    countDown("token", dueAt, ttl * 1000, now);
    setText(
      paragraph("token-note"),
      dueAt > now
        ? `It lives for ${lengthText(ttl)} here, so that you can watch it.`
        : "It is renewed as soon as you do something here.",
    );
  }
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
    renewButton.hidden = facts.lifetimes.accessTokenTtl === null;
  }
  setText(element("signed-in-at", HTMLElement), moment(session.createdAt, client.now()));
  setText(
    element("remembered", HTMLElement),
    session.remember ? "Yes, after the browser closes too" : "No, ends with the browser",
  );
  setText(element("sid", HTMLElement), `${session.sid.slice(0, 8)}…${session.sid.slice(-6)}`);
  tickSessionCard();
}

async function touch(): Promise<void> {
  const { error } = await client.touch();
  if (error) return explain(error);
  showToast("Noted: you are here.");
}

async function renewNow(): Promise<void> {
  const { error } = await client.refresh();
  if (error) return explain(error);
  showToast("The tokens are new.");
}

async function copySid(): Promise<void> {
  const { session } = client.$session.get();
  if (session === null) return;
  try {
    await navigator.clipboard.writeText(session.sid);
    showToast("Session id copied.");
  } catch {
    showToast(`This browser does not let the page copy. The id is ${session.sid}`);
  }
}

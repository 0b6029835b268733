import type { StoredUser } from "sojourn";
import { onSession, type SessionState } from "./client.ts";
import { demoFacts } from "./demo-facts.ts";
import { element, setText } from "./elements.ts";
import { hideToast, showToast } from "./toast.ts";
import { endingText, strategyTitle } from "./wording.ts";

const signedOut = element("signed-out", HTMLElement);
const signedIn = element("signed-in", HTMLElement);
const notice = element("notice", HTMLParagraphElement);
const greeting = element("greeting", HTMLHeadingElement);
/** Whether a session was shown: whoever came signed out need not be told why. */
let wasSignedIn = false;
/** What the signed-out view has to say instead of why the session is over. */
let instead: string | null = null;

/** Shows the signed-out or the signed-in half of the page. */
export function showViews(): void {
  onSession(render);
}

/** Says in the page's head what runs behind it. */
export function showFacts(): void {
  const facts = demoFacts();
  if (facts === null) return;
  setText(element("top-strategy", HTMLSpanElement), `${strategyTitle(facts.strategy)} sessions`);
  setText(
    element("top-version", HTMLSpanElement),
    `Sojourn ${facts.versions.sojourn}, Node ${facts.versions.node}`,
  );
}

/** What the signed-out view says when it is shown next; null for why the session is over. */
export function sayWhenSignedOut(text: string | null): void {
  instead = text;
}

function render(state: SessionState, before: SessionState = state): void {
  signedOut.hidden = state.status !== "signed-out";
  signedIn.hidden = state.status !== "signed-in";
  tellWhy(state, before);
  if (state.status === "signed-in") greet(state.user);
  if (state.status === "signed-in" && before.status === "signed-in" && state.user.id !== before.user.id)
    showToast("Another account signed in from this browser.");
  if (state.status === before.status || before.status === "pending") return;
  hideToast();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  // What had the focus is no longer there: take the keyboard, and a screen reader, to the news.
  (state.status === "signed-in" ? greeting : notice).focus();
  window.scrollTo(0, 0);
}

function tellWhy({ status, reason }: SessionState, before: SessionState): void {
  wasSignedIn ||= status === "signed-in";
  // What was to be said of an earlier session; not while one is looked at before it ends.
  if (status === "signed-in" && before.status !== "signed-in") instead = null;
  const why = status === "signed-out" ? (instead ?? (wasSignedIn ? endingText(reason) : null)) : null;
  setText(notice, why ?? "");
  notice.hidden = why === null;
}

function greet({ name, email, id }: StoredUser): void {
  setText(greeting, `Hello, ${name ?? email ?? id}`);
  setText(element("greeting-detail", HTMLParagraphElement), name && email ? email : "");
}

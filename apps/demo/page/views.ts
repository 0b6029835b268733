import { demoFacts } from "./demo-facts.ts";
import { element, setText } from "./elements.ts";
import { onWho, type User, type Who } from "./page-state.ts";
import { hideToast } from "./toast.ts";
import { strategyTitle } from "./wording.ts";

const signedOut = element("signed-out", HTMLElement);
const signedIn = element("signed-in", HTMLElement);
const notice = element("notice", HTMLParagraphElement);
const greeting = element("greeting", HTMLHeadingElement);

/** Shows the signed-out or the signed-in half of the page. */
export function showViews(): void {
  onWho(render);
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

function render(who: Who, before: Who): void {
  signedOut.hidden = who.phase !== "signed-out";
  signedIn.hidden = who.phase !== "signed-in";
  const why = who.phase === "signed-out" ? who.why : null;
  setText(notice, why ?? "");
  notice.hidden = why === null;
  if (who.phase === "signed-in") greet(who.user);
  if (who.phase === before.phase || before.phase === "loading") return;
  hideToast();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  // What had the focus is no longer there: take the keyboard, and a screen reader, to the news.
  (who.phase === "signed-in" ? greeting : notice).focus();
  window.scrollTo(0, 0);
}

function greet({ name, email, id }: User): void {
  setText(greeting, `Hello, ${name ?? email ?? id}`);
  setText(element("greeting-detail", HTMLParagraphElement), name && email ? email : "");
}

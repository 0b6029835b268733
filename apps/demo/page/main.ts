import { wireAccountCard } from "./account-card.ts";
import { showDeviceList, tickDeviceList } from "./device-list.ts";
import { loadDemoFacts } from "./demo-facts.ts";
import { followEvents } from "./event-feed.ts";
import { wireHelloCard } from "./hello-card.ts";
import { currentWho, isReachable } from "./page-state.ts";
import { wirePasswordDialog } from "./password-dialog.ts";
import { showProviderLink, tellProviderFault, wireProviderLink } from "./provider-link.ts";
import { reconnectByItself } from "./reconnect.ts";
import { wireRevealButtons } from "./reveal-buttons.ts";
import { serverNow } from "./server-time.ts";
import { showSessionCard, tickSessionCard } from "./session-card.ts";
import { end, load, refresh } from "./session-sync.ts";
import { wireSignInForm } from "./sign-in-form.ts";
import { wireStepUpDialog } from "./step-up-dialog.ts";
import { onTabMessage, type TabMessage } from "./tab-channel.ts";
import { renewByItself, renewIfDue } from "./token-renewal.ts";
import { showFacts, showViews } from "./views.ts";

/** How often a page that somebody looks at asks for news that no event tells, in ms. */
const pollEvery = 5000;

showViews();
showSessionCard();
showDeviceList();
wireSignInForm();
wireProviderLink();
wireRevealButtons();
wirePasswordDialog();
wireStepUpDialog();
wireAccountCard();
wireHelloCard();
reconnectByItself();
renewByItself();
followEvents();
onTabMessage((message) => void hearTab(message));

await loadDemoFacts();
showFacts();
showProviderLink();
await load();
tellProviderFault();
tick();

setInterval(tick, 1000);
setInterval(() => void lookAgain(), pollEvery);
window.addEventListener("focus", () => void lookAgain());
document.addEventListener("visibilitychange", () => void lookAgain());

function tick(): void {
  const who = currentWho();
  if (document.hidden || who.phase !== "signed-in") return;
  tickSessionCard();
  tickDeviceList();
  // The server says when a session is over; the countdown only knows when to ask.
  if (serverNow() >= Date.parse(who.session.expiresAt) && isReachable()) void refresh();
  void renewIfDue();
}

/** Nobody looks at a hidden page, so it asks for nothing. While the server is away, reconnecting has its own pace. */
async function lookAgain(): Promise<void> {
  if (!document.hidden && isReachable()) await refresh();
}

async function hearTab(message: TabMessage): Promise<void> {
  const who = currentWho();
  if (message.type === "changed") await load();
  else if (message.type === "ended" && who.phase === "signed-in" && who.session.sid === message.sid)
    await end(message.reason);
}

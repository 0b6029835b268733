import { wireAccountCard } from "./account-card.ts";
import { client } from "./client.ts";
import { loadDemoFacts } from "./demo-facts.ts";
import { refreshDevices, showDeviceList, tickDeviceList } from "./device-list.ts";
import { wireHelloCard } from "./hello-card.ts";
import { showOutageBanner } from "./outage-banner.ts";
import { wirePasswordDialog } from "./password-dialog.ts";
import { showProviderLink, tellProviderFault, wireProviderLink } from "./provider-link.ts";
import { wireRevealButtons } from "./reveal-buttons.ts";
import { showSessionCard, tickSessionCard } from "./session-card.ts";
import { wireSignInForm } from "./sign-in-form.ts";
import { wireStepUpDialog } from "./step-up-dialog.ts";
import { showFacts, showViews } from "./views.ts";

/** How often a page that somebody looks at asks for other devices, of which no event tells, in ms. */
const pollEvery = 5000;

wireSignInForm();
wireProviderLink();
wireRevealButtons();
wirePasswordDialog();
wireStepUpDialog();
wireAccountCard();
wireHelloCard();

await loadDemoFacts();
showFacts();
showProviderLink();
tellProviderFault();
showViews();
showSessionCard();
showDeviceList();
showOutageBanner();

setInterval(tick, 1000);
setInterval(lookAgain, pollEvery);
window.addEventListener("focus", lookAgain);
document.addEventListener("visibilitychange", lookAgain);

function tick(): void {
  if (document.hidden) return;
  tickSessionCard();
  tickDeviceList();
}

/** Nobody looks at a hidden page, so it asks for nothing. While the server is away, the client asks at its own pace. */
function lookAgain(): void {
  if (!document.hidden && client.$session.get().error === null) void refreshDevices();
}

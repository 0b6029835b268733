import { loadDemoFacts } from "./demo-facts.ts";
import { element, setText } from "./elements.ts";
import { currentWho, isReachable, onReachable } from "./page-state.ts";
import { refresh } from "./session-sync.ts";
import { showFacts } from "./views.ts";

const banner = element("offline", HTMLParagraphElement);
const firstWait = 500;
const longestWait = 8000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Keeps what is known while the server is away, says so, and asks again: soon at first, then less often. */
export function reconnectByItself(): void {
  onReachable((reachable) => {
    clearTimeout(timer);
    if (!reachable) {
      const still = currentWho().phase === "signed-in" ? " You are still signed in." : "";
      setText(banner, `The server cannot be reached.${still} Trying again…`);
      askLater(firstWait);
    } else {
      setText(banner, "");
      // It may have come back with other settings.
      void loadDemoFacts().then(showFacts);
    }
  });
  window.addEventListener("online", () => {
    if (!isReachable()) void ask(firstWait);
  });
}

function askLater(wait: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void ask(wait), wait);
}

async function ask(wait: number): Promise<void> {
  await refresh();
  if (!isReachable()) askLater(Math.min(wait * 2, longestWait));
}

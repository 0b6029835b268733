import { onSession } from "./client.ts";
import { loadDemoFacts } from "./demo-facts.ts";
import { element, setText } from "./elements.ts";
import { showFacts } from "./views.ts";

const banner = element("offline", HTMLParagraphElement);

/** Says that the server is away. What is known stays, and the client asks again by itself. */
export function showOutageBanner(): void {
  onSession(({ status, error }, before) => {
    const still = status === "signed-in" ? " You are still signed in." : "";
    setText(banner, error === null ? "" : `The server cannot be reached.${still} Trying again…`);
    // It may have come back with other settings.
    if (error === null && before?.error) void loadDemoFacts().then(showFacts);
  });
}

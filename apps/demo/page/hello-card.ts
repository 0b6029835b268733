import { call } from "./api.ts";
import { onPress } from "./busy.ts";
import { element, setText } from "./elements.ts";
import { onWho } from "./page-state.ts";
import { refresh } from "./session-sync.ts";

const answer = element("hello-answer", HTMLParagraphElement);

/** Calls a route of the app itself, which checks the session in one line. */
export function wireHelloCard(): void {
  onPress(element("hello", HTMLButtonElement), hello);
  onWho((who) => {
    if (who.phase !== "signed-in") setText(answer, "");
  });
}

async function hello(): Promise<void> {
  const askedAt = performance.now();
  const reply = await call<{ readonly message: string }>("GET", "/api/hello");
  const took = Math.max(1, Math.round(performance.now() - askedAt));
  const said = reply.ok ? `200 ${reply.data.message}` : `${reply.error.status} ${reply.error.detail}`;
  setText(answer, `${said} (${took} ms)`);
  answer.className = `answer ${reply.ok ? "good" : "bad"}`;
  if (!reply.ok) await refresh();
}

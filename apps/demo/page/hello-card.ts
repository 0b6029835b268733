import { onPress } from "./busy.ts";
import { client, onSession } from "./client.ts";
import { element, setText } from "./elements.ts";

const unreached = { message: "The server cannot be reached. Try again in a moment." };
const answer = element("hello-answer", HTMLParagraphElement);

/** Calls a route of the app itself, which checks the session in one line. */
export function wireHelloCard(): void {
  onPress(element("hello", HTMLButtonElement), hello);
  onSession(({ status }) => {
    if (status !== "signed-in") setText(answer, "");
  });
}

async function hello(): Promise<void> {
  const askedAt = performance.now();
  const reply = await client.fetch("/api/hello").catch(() => null);
  const { message } = ((await reply?.json().catch(() => null)) ?? unreached) as typeof unreached;
  const took = Math.max(1, Math.round(performance.now() - askedAt));
  setText(answer, `${reply?.status ?? 0} ${message} (${took} ms)`);
  answer.className = `answer ${reply?.ok ? "good" : "bad"}`;
  // It was a sign of life, or there is something to find out.
  await client.getSession();
}

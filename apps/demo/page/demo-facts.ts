import type { DemoFacts } from "../demo-api.ts";

/** In ms. */
const longestWait = 10_000;
let facts: DemoFacts | null = null;

/** How this server is set up; null until it has said so. */
export function demoFacts(): DemoFacts | null {
  return facts;
}

/** Asks the server how it is set up. After a restart that may have changed. */
export async function loadDemoFacts(): Promise<void> {
  const reply = await fetch("/api/demo", { signal: AbortSignal.timeout(longestWait) }).catch(() => null);
  if (reply?.ok) facts = (await reply.json()) as DemoFacts;
}

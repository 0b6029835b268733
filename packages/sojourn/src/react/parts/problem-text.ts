import type { ClientError } from "../../client/index.ts";
import { fill, type Texts } from "./texts.ts";

/** What is said of a call that failed. */
export function problemText(error: ClientError, texts: Texts): string {
  if (error.code === "unreachable") return texts.unreachable;
  if (error.retryAfter !== undefined && error.status === 429)
    return fill(texts.rateLimited, { seconds: error.retryAfter });
  return texts.failed;
}

/** What a person is called. */
export function nameOf(user: object): string {
  const { name, email, id } = user as Record<string, unknown>;
  return [name, email, id].find((text) => typeof text === "string" && text !== "") as string;
}

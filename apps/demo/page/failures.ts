import type { ClientError } from "sojourn/client";
import { client } from "./client.ts";
import { showToast } from "./toast.ts";

/** The request had no live session. The client has taken note of that by itself. */
export function isSignedOut({ code }: ClientError): boolean {
  return code === "session_ended" || code === "unauthenticated" || code === "refresh_invalid";
}

/** What went wrong, in words for a visitor. */
export function messageOf({ code, message }: ClientError): string {
  return code === "unreachable" ? `${message} Try again in a moment.` : message;
}

/** Tells why an act failed, and looks how things are. Where the session is over the view says so. */
export async function explain(error: ClientError): Promise<void> {
  if (isSignedOut(error) || client.$session.get().status !== "signed-in") return;
  showToast(messageOf(error));
  await client.getSession();
}

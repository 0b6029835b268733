import type { EndReason } from "sojourn";

/**
 * What the tabs of one browser tell each other. No token is among it: any script of this origin can listen.
 */
export type TabMessage =
  /** Somebody signed in, or credentials changed: look for yourself. */
  | { readonly type: "changed" }
  /** A session is over. */
  | { readonly type: "ended"; readonly sid: string; readonly reason: EndReason | null }
  /** The access token is new. */
  | { readonly type: "renewed" };

const channel = new BroadcastChannel("sojourn-demo");

/** Tells the other tabs. */
export function tellTabs(message: TabMessage): void {
  channel.postMessage(message);
}

/** Calls back with what another tab tells. */
export function onTabMessage(listener: (message: TabMessage) => void): void {
  channel.addEventListener("message", (event: MessageEvent<TabMessage>) => listener(event.data));
}

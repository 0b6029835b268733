import type { Knowledge } from "./session-state.ts";

/** Timers and the guess of the server's clock are not exact to the moment, in ms. */
const justAfter = 50;

/** Whether the server advised to renew by now. */
export function isRenewalDue(known: Knowledge | null, now: number): boolean {
  const renewal = known?.reply?.renewal;
  return !!renewal && now + (known?.ahead ?? 0) >= Date.parse(renewal.at);
}

/** Whether the session should be over by now. */
export function isOver(known: Knowledge | null, now: number): boolean {
  return !!known?.reply && now + known.ahead >= Date.parse(known.reply.session.expiresAt);
}

/** Whether the last look at the server is too long ago, or seems to have been in the future: the clock was set back. */
export function isLookDue(known: Knowledge | null, interval: number, now: number): boolean {
  return known !== null && interval > 0 && (now >= known.asOf + interval || known.asOf > now + 1000);
}

/** When there is something to do next, in ms of this machine's clock; null if there is nothing. */
export function nextTime(known: Knowledge | null, interval: number, now: number): number | null {
  if (known === null) return null;
  const { reply, ahead, asOf } = known;
  const times = [
    interval > 0 ? asOf + interval : 0,
    reply === null ? 0 : Date.parse(reply.session.expiresAt) - ahead + justAfter,
    reply?.renewal ? Date.parse(reply.renewal.at) - ahead : 0,
  ].filter((time) => time > now);
  return times.length === 0 ? null : Math.min(...times);
}

import type { SessionReply, SignedInReply } from "../contract/types.ts";
import { around } from "./environment.ts";
import { success } from "./result.ts";
import type { ReadResult, SessionKeeper } from "./session-keeper.ts";

/** For what the other tabs have to say of the same question, once it was theirs to ask. */
const untilTold = 100;

/** Makes the credential anew, or slides the idle timeout, unless another tab has. @param isDue whether it still has to be done. */
export function renew(keeper: SessionKeeper, isDue = (): boolean => true): Promise<ReadResult> {
  return inOneTab(keeper, "renew", async () => (isDue() ? renewNow(keeper) : asKnown(keeper)));
}

/** Asks who is signed in, behind what is shown, unless another tab has just done so. */
export function revalidate(keeper: SessionKeeper): Promise<ReadResult> {
  return inOneTab(keeper, "read", () => keeper.read());
}

async function renewNow(keeper: SessionKeeper): Promise<ReadResult> {
  const { connection } = keeper.parts;
  const by = keeper.known?.reply?.renewal?.by ?? "refresh";
  const refreshToken = (await connection.tokens?.read())?.refresh ?? undefined;
  const input = by === "touch" ? {} : { refreshToken };
  const answer = await connection.call<SignedInReply>("POST", `/${by}`, input);
  const { result, answeredAt } = answer;
  if (result.ok) await keeper.learn(answer, result.data, answeredAt);
  else if (result.error.status !== 401) keeper.fail(result.error);
  // A refresh token that is no good leaves nothing to ask with.
  else if (refreshToken !== undefined) await keeper.learn(answer, null, answeredAt);
  else await keeper.ended(answer.endReason);
  return result;
}

const asKnown = (keeper: SessionKeeper): ReadResult =>
  success<SessionReply | null>(keeper.known?.reply ?? null);
const knownSince = (keeper: SessionKeeper): number => keeper.known?.asOf ?? 0;

/**
 * One tab asks, and the others hear of it. Where there are no locks each asks for itself: the server stands several at
 * once, and honest races sign nobody out.
 */
async function inOneTab(
  keeper: SessionKeeper,
  what: string,
  ask: () => Promise<ReadResult>,
): Promise<ReadResult> {
  const locks = around.navigator?.locks;
  if (!keeper.parts.shared || locks === undefined) return ask();
  const name = `${keeper.parts.name} ${what}`;
  const before = knownSince(keeper);
  const first = await locks.request(name, { ifAvailable: true }, async (lock) =>
    lock === null ? null : ask(),
  );
  if (first !== null) return first;
  return locks.request(name, {}, async () => ((await isTold(keeper, before)) ? asKnown(keeper) : ask()));
}

/** Waits for what the tab before has found out, which may come after its lock. */
function isTold(keeper: SessionKeeper, before: number): Promise<boolean> {
  return new Promise((resolve) => {
    const conclude = (): void => {
      clearTimeout(timer);
      keeper.learned.delete(look);
      resolve(knownSince(keeper) > before);
    };
    const look = (): void => {
      if (knownSince(keeper) > before) conclude();
    };
    const timer = setTimeout(conclude, untilTold);
    keeper.learned.add(look);
    look();
  });
}

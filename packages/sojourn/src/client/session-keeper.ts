import type { SessionReply } from "../contract/types.ts";
import type { EndReason } from "../domain/session.ts";
import { type Answer, type Connection, unreached } from "./connection.ts";
import { type ClientError, type Result, success } from "./result.ts";
import { guessedReason, isNews, type Knowledge, type SessionState, stateOf } from "./session-state.ts";
import type { Tabs } from "./storage-tabs.ts";
import { callEach, createStore, type WritableStore } from "./store.ts";
import { openTabs } from "./tabs.ts";

/** What came of asking who is signed in. */
export type ReadResult = Result<SessionReply | null>;

/** What the keeper of a session is made of. */
export interface KeeperParts {
  readonly connection: Connection;
  /** What tells this client from others of the same origin. */
  readonly name: string;
  /** Whether other tabs have the same session: with cookies, and with tokens in a storage they share. */
  readonly shared: boolean;
  /** Begins to keep the session up, once somebody looks at it. @returns what ends that. */
  readonly watch: () => () => void;
  /** Makes the credential anew, or slides the idle timeout. @param isDue whether it still has to be done, when it is this tab's turn. */
  readonly renew: (isDue?: () => boolean) => Promise<ReadResult>;
}

/**
 * Knows who is signed in, in this tab and with the others of the browser. Whoever asks at the same time shares one
 * request, and an answer that is older than what is known changes nothing.
 */
export class SessionKeeper {
  readonly parts: KeeperParts;
  readonly $session: WritableStore<SessionState>;
  known: Knowledge | null = null;
  /** What went wrong when the server was last asked; null if nothing did. */
  error: ClientError | null = null;
  /** Called whenever something was learnt, or the server could not be asked. */
  readonly learned: Set<() => void> = new Set();
  /** Called when a session that was shown is over, but not by the user's own signing out. */
  readonly expired: Set<(reason: EndReason | null) => void> = new Set();
  tabs: Tabs<Knowledge> | null;
  readonly #underWay = new Map<string, Promise<ReadResult>>();
  /** Why the session is over, from whoever told before the answer that it is. */
  #toldReason: EndReason | null = null;

  constructor(parts: KeeperParts) {
    this.parts = parts;
    this.$session = createStore(stateOf(null, null, false), parts.watch);
    this.tabs = parts.shared ? openTabs(parts.name, (known) => this.take(known)) : null;
  }

  /** A session that the server put into the page it rendered; null if it found nobody signed in. */
  hydrate(reply: SessionReply | null): void {
    const now = Date.now();
    // Without a time, as `auth.getSession` gives it, it is taken for new.
    const saidAt = (reply && Date.parse(reply.serverTime)) || now;
    // Said long ago, by a page out of a cache, or by a clock that is behind ours: who cannot tell looks again soon.
    this.take({ reply, reason: null, asOf: Math.min(now, saidAt), ahead: Math.max(0, saidAt - now) });
    // What the server rendered it with is what a framework has to begin with.
    this.$session.init = this.$session.value;
  }

  /** Asks who is signed in. Never rejects. */
  read(): Promise<ReadResult> {
    return this.once("read", () =>
      this.#look(looksForSuccessor).catch((cause: unknown) => {
        const result = unreached<null>(cause);
        this.fail(result.error);
        return result;
      }),
    );
  }

  /** The same, but not content with an answer to what was asked before now. */
  async readAnew(): Promise<void> {
    await this.#underWay.get("read");
    await this.read();
  }

  async #look(looks: number): Promise<ReadResult> {
    this.#show(true);
    const { connection } = this.parts;
    const kept = await connection.tokens?.read();
    // An access token that has run out would be nobody's, while the session lives.
    if (kept?.refresh && kept.expiresAt <= Date.now()) return this.renew();
    const answer = kept === null ? nobody() : await connection.call<SessionReply | null>("GET", "/session");
    const { result, askedAt } = answer;
    if (!result.ok) this.fail(result.error);
    else if (!result.data && kept?.refresh) return this.renew();
    else if (!result.data && looks > 0 && this.#isReplaced(answer)) {
      await new Promise((resolve) => setTimeout(resolve, betweenLooks));
      return this.#look(looks - 1);
    } else await this.learn(answer, result.data, askedAt);
    return result;
  }

  /** Whether another session took the place of this one, whose cookie may still be on its way to this browser. */
  #isReplaced({ endReason, askedAt }: Answer<unknown>): boolean {
    const { known } = this;
    return !!known?.reply && known.asOf <= askedAt && (endReason ?? this.#toldReason) === "superseded";
  }

  /**
   * Makes the credential anew, or slides the idle timeout: what the server advised.
   *
   * @param isDue whether it still has to be done once it is this tab's turn.
   */
  renew(isDue?: () => boolean): Promise<ReadResult> {
    return this.once("renew", () => this.parts.renew(isDue));
  }

  /** The session of this page is over, it is said. Another one may have taken its place. */
  async ended(reason: EndReason | null): Promise<void> {
    if (this.known?.reply === null) return;
    this.#toldReason = reason;
    await this.readAnew();
    this.#toldReason = null;
  }

  /** Forgets what is shown: it may be from before the browser signed out. */
  doubt(): void {
    this.known = null;
    this.#show(false);
  }

  /** Takes in what an answer says. @param asOf since when that is true, in ms of this machine's clock. */
  async learn(answer: Answer<unknown>, reply: SessionReply | null, asOf: number): Promise<void> {
    const { askedAt, answeredAt, endReason, issued } = answer;
    const { known } = this;
    const { tokens } = this.parts.connection;
    const ahead = reply ? Date.parse(reply.serverTime) - (askedAt + answeredAt) / 2 : (known?.ahead ?? 0);
    const reason = reply ? null : (endReason ?? this.#toldReason ?? guessedReason(known, answeredAt));
    const next = { reply, reason, asOf, ahead };
    const isNew = isNews(next, known, Date.now());
    // Before it is shown, so that whoever hears of it can call the server.
    const stored =
      issued && (isNew || known?.reply?.session.sid === reply?.session.sid)
        ? tokens?.keep(issued, asOf)
        : isNew && !reply && tokens?.clear();
    this.#publish(next);
    await stored;
  }

  /** The server could not be asked. What is known stays. */
  fail(error: ClientError): void {
    this.error = error;
    this.#show(false);
    callEach(this.learned);
  }

  /** Whoever asks while it is being asked gets the same answer. */
  once(what: string, ask: () => Promise<ReadResult>): Promise<ReadResult> {
    const asked = this.#underWay.get(what) ?? ask().finally(() => this.#underWay.delete(what));
    this.#underWay.set(what, asked);
    return asked;
  }

  /** What this tab found out, for all of them. */
  #publish(known: Knowledge): void {
    if (isNews(known, this.known, Date.now())) this.tabs?.tell(known);
    this.take(known);
  }

  /** Takes in what this tab or another one found out. */
  take(next: Knowledge): void {
    const before = this.known;
    const isNew = isNews(next, before, Date.now());
    if (isNew) {
      // Who is told no reason still knows the one it was told before.
      const reason = next.reason ?? (next.reply ? null : (before?.reason ?? null));
      this.known = { ...next, reason };
      this.error = null;
    }
    this.#show(false);
    if (!isNew) return;
    callEach(this.learned);
    const reason = this.known?.reason ?? null;
    if (before?.reply && !next.reply && reason !== "signed_out") callEach(this.expired, reason);
  }

  /** Lets go of the other tabs, and of whatever keeps the session up. */
  close(): void {
    this.tabs?.close();
    this.$session.end();
  }

  #show(isRefetching: boolean): void {
    this.$session.set(stateOf(this.known, this.error, isRefetching));
  }
}

/** A session that another one takes the place of may be over before the reply with the new cookie is here. */
const looksForSuccessor = 20;
const betweenLooks = 250;

/** Who has no token is nobody, and need not ask. */
function nobody(): Answer<SessionReply | null> {
  const now = Date.now();
  return { result: success(null), askedAt: now - 0.5, answeredAt: now, endReason: null, issued: null };
}

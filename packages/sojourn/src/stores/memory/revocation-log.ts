import type { SessionRecord } from "../../domain/session.ts";
import type { Notice, Revocation, RevocationPage } from "../../ports/session-store.ts";

/** Told is either an end or a notice. */
interface Entry {
  readonly position: number;
  readonly revocation: Revocation | null;
  readonly notice: Notice | null;
  readonly expiresAt: number;
}

/** What was ended and announced, in order. Positions count up and are never given twice. */
export class RevocationLog {
  readonly #most: number;
  #entries: Entry[] = [];
  #last = 0;

  /**
   * @param most how many entries are kept. The oldest go first, which readers in this same process,
   * who look every second, have long seen.
   */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param ended a session whose `endedAt` and `endReason` have just been set. */
  add({ sid, userId, endReason, endedAt, expiresAt }: SessionRecord): void {
    if (endReason === null || endedAt === null) return;
    this.#tell({ sid, userId, reason: endReason, endedAt, expiresAt }, null, expiresAt);
  }

  announce(notice: Notice): void {
    this.#tell(null, { ...notice }, notice.expiresAt);
  }

  #tell(revocation: Revocation | null, notice: Notice | null, expiresAt: number): void {
    this.#last += 1;
    this.#entries.push({ position: this.#last, revocation, notice, expiresAt });
    // Not one by one: moving a long list for every new entry would be slow.
    if (this.#entries.length > this.#most * 1.25) this.#entries = this.#entries.slice(-this.#most);
  }

  since(cursor: string | null, limit: number): RevocationPage {
    const after = this.#positionOf(cursor);
    const waiting = this.#entries.filter(({ position }) => position > after);
    const page = waiting.slice(0, limit);
    const more = waiting.length > limit;
    const position = more ? (page.at(-1)?.position ?? after) : this.#last;
    return {
      revocations: page.flatMap(({ revocation }) => revocation ?? []),
      notices: page.flatMap(({ notice }) => notice ?? []),
      cursor: this.#last === 0 ? null : String(position),
      more,
    };
  }

  deleteExpired(before: number, limit: number): number {
    const all = this.#entries.length;
    let left = limit;
    this.#entries = this.#entries.filter(({ expiresAt }) => expiresAt >= before || left-- <= 0);
    return all - this.#entries.length;
  }

  /** A cursor that this log never gave means its beginning: better told twice than never. */
  #positionOf(cursor: string | null): number {
    const position = cursor === null ? 0 : Number(cursor);
    return position <= this.#last ? position : 0;
  }
}

import type { Notice, Revocation, RevocationPage } from "../../ports/session-store.ts";
import type { EndReason } from "../../domain/session.ts";

/**
 * What the feed of one shard answers: the last position ever given (empty for none), the one after which it
 * began, then position and entry in turn.
 */
export type ShardFeed = readonly [last: string, after: string, ...positionsAndEntries: string[]];

/** The position before the first. */
const beginning = "0-0";
const position = /^\d{1,16}-\d{1,16}$/;

/**
 * Where in the feed of each shard a cursor stands. One that this feed never gave, or gave when there were more
 * or fewer shards, means the beginning: better told twice than never.
 */
export function positionsOf(cursor: string | null, shards: number): readonly string[] {
  const positions = cursor?.split(",").map((one) => (one === "" ? beginning : one)) ?? [];
  const ours = positions.length === shards && positions.every((one) => position.test(one));
  return ours ? positions : Array.from({ length: shards }, () => beginning);
}

/** A notice as the feed has it: in the form of an end, but of no session. */
export function noticeText({ topic, subject, at, expiresAt }: Notice): string {
  return JSON.stringify(["", subject, topic, at, expiresAt] satisfies FeedRow);
}

type FeedRow = [
  sid: string,
  subject: string,
  reason: EndReason | Notice["topic"],
  at: number,
  expiresAt: number,
];

/** Told is either an end or a notice. */
interface Entry {
  readonly shard: number;
  readonly position: string;
  readonly time: number;
  readonly revocation?: Revocation;
  readonly notice?: Notice;
}

/**
 * Makes one page of what all shards have: the oldest `limit` entries.
 *
 * @param feeds of each shard up to `limit + 1` entries.
 */
export function revocationPage(feeds: readonly ShardFeed[], limit: number): RevocationPage {
  // Positions are times. Sorting keeps what was given in one instant in its order.
  const entries = feeds.flatMap(readShard).toSorted((a, b) => a.time - b.time);
  const page = entries.slice(0, limit);
  const left = new Set(entries.slice(limit).map(({ shard }) => shard));
  const positions = feeds.map(([last, after], shard) => {
    // A shard that is read to its end stands on its last position, also where that entry has been removed.
    if (!left.has(shard)) return last;
    return page.findLast((entry) => entry.shard === shard)?.position ?? after;
  });
  return {
    revocations: page.flatMap(({ revocation }) => revocation ?? []),
    notices: page.flatMap(({ notice }) => notice ?? []),
    cursor: positions.every((one) => one === "") ? null : positions.join(","),
    more: entries.length > limit,
  };
}

function readShard([, , ...rest]: ShardFeed, shard: number): Entry[] {
  const entries: Entry[] = [];
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const [id = beginning, json = "[]"] = [rest[at], rest[at + 1]];
    entries.push({ shard, position: id, time: timeOf(id), ...told(JSON.parse(json) as FeedRow) });
  }
  return entries;
}

function told([sid, subject, reason, at, expiresAt]: FeedRow): Pick<Entry, "revocation" | "notice"> {
  return sid === ""
    ? { notice: { topic: reason as Notice["topic"], subject, at, expiresAt } }
    : { revocation: { sid, userId: subject, reason: reason as EndReason, endedAt: at, expiresAt } };
}

function timeOf(id: string): number {
  return Number.parseInt(id, 10);
}

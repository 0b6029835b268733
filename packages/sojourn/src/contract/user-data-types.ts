import type { ActivityRecord } from "../domain/audit.ts";

/** `GET /activity`: which page. */
export interface ActivityInput {
  /** The `next` of the page before. */
  readonly before?: string | undefined;
  /** At most so many, from 1 to 100. Default 50. */
  readonly limit?: number | undefined;
}

/** What `GET /activity` answers: kept events of the user, newest first. */
export interface ActivityReply {
  readonly events: readonly ActivityRecord[];
  /** Where to go on; null at the end. */
  readonly next: string | null;
}

import { DatabaseSync } from "node:sqlite";
import { sqlite } from "./index.ts";

/** What the test asks of this process. */
export type Task =
  | { readonly do: "open"; readonly file: string }
  | { readonly do: "dieWhileEnding"; readonly file: string; readonly userId: string; readonly atEnd: number };

const start = Date.UTC(2030, 0, 1);

async function perform(task: Task): Promise<number> {
  if (task.do === "dieWhileEnding") return dieWhileEnding(task.file, task.userId, task.atEnd);
  const store = sqlite(task.file);
  await store.migrate();
  await store.close();
  return 1;
}

/** Ends all of a user's sessions, and kills this process when it has come to one of them. */
async function dieWhileEnding(file: string, userId: string, atEnd: number): Promise<number> {
  const database = new DatabaseSync(file);
  let ended = 0;
  database.function("count_or_die", () => {
    ended += 1;
    if (ended === atEnd) process.kill(process.pid, "SIGKILL");
    return ended;
  });
  // With so small a cache, half of the step is in the file already when the process dies.
  database.exec(`PRAGMA cache_size = 5;
    CREATE TEMP TRIGGER mid_step AFTER INSERT ON main.sojourn_revocation BEGIN SELECT count_or_die(); END`);
  return (await sqlite(database).sessions.revokeByUser(userId, start, "revoked", null)).length;
}

process.on("message", (task: Task) => {
  perform(task).then(
    (count) => process.send?.({ count }),
    // The test hears why, cause and all, rather than waiting for an answer.
    (error: unknown) =>
      process.send?.({ failed: String(error instanceof Error ? (error.cause ?? error) : error) }),
  );
});

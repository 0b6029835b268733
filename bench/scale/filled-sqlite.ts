import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sqlite } from "sojourn/sqlite";
import { sidBytes } from "../raw-sql.ts";
import {
  expiresAt,
  type FilledStore,
  firstSignIn,
  sameForAll,
  sessionsPerUser,
  today,
} from "./filled-store.ts";

const day = 86_400_000;

/** Fills a new SQLite file. A million takes some ten seconds. */
export async function fillSqlite(sessions: number): Promise<FilledStore> {
  const folder = mkdtempSync(join(tmpdir(), "sojourn-scale-"));
  const file = join(folder, "scale.db");
  const store = sqlite(file);
  await store.migrate();
  const raw = new DatabaseSync(file);
  raw.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536");
  raw.exec(
    insertion(sessions, 0, firstSignIn, expiresAt, Math.max(1, Math.floor(sessions / sessionsPerUser))),
  );
  raw.exec("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE");
  return {
    store,
    sessions,
    bytesPerSession: statSync(file).size / sessions,
    revive(sids) {
      const revive = raw.prepare(
        "UPDATE sojourn_session SET ended_at = NULL, end_reason = NULL WHERE sid = ?",
      );
      raw.exec("BEGIN IMMEDIATE");
      for (const sid of sids) revive.run(sidBytes(sid));
      raw.exec("COMMIT");
    },
    addExpired(count) {
      raw.exec(insertion(count, 0x100_0000_0000, today - 60 * day, today - 30 * day, count));
      raw.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    },
    async remove() {
      await store.close();
      raw.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param offset keeps the sids of two fillings apart. */
function insertion(count: number, offset: number, from: number, until: number, users: number): string {
  const same = Object.entries(sameForAll);
  return `INSERT INTO sojourn_session (sid, user_id, created_at, auth_time, last_seen_at, expires_at, secret_hash,
      ${same.map(([name]) => name).join(", ")})
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ${count - 1})
    SELECT unhex(printf('%012x70008000%012x', ${from} + i, ${offset} + i)), 'user_' || (i % ${users}),
      ${from} + i, ${from} + i, ${from} + i, ${until}, randomblob(32),
      ${same.map(([, value]) => value).join(", ")} FROM n`;
}

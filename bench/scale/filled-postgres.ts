import { randomBytes } from "node:crypto";
import pg from "pg";
import { postgres } from "sojourn/postgres";
import {
  expiresAt,
  type FilledStore,
  firstSignIn,
  sameForAll,
  sessionsPerUser,
  today,
} from "./filled-store.ts";

const day = 86_400_000;

/** Fills a new schema of this PostgreSQL database. A million takes some twenty seconds. */
export async function fillPostgres(url: string, sessions: number): Promise<FilledStore> {
  const schema = `sojourn_scale_${randomBytes(4).toString("hex")}`;
  const inSchema = new URL(url);
  inSchema.searchParams.set("options", `-c search_path=${schema}`);
  const raw = new pg.Client({ connectionString: inSchema.href });
  await raw.connect();
  await raw.query(`CREATE SCHEMA ${schema}`);
  const store = postgres(inSchema.href);
  await store.migrate();
  await raw.query(
    insertion(sessions, 0, firstSignIn, expiresAt, Math.max(1, Math.floor(sessions / sessionsPerUser))),
  );
  await raw.query("VACUUM ANALYZE sojourn_session");
  const { rows } = await raw.query<{ size: string }>(
    "SELECT pg_total_relation_size('sojourn_session') AS size",
  );
  return {
    store,
    sessions,
    bytesPerSession: Number(rows[0]?.size) / sessions,
    async revive(sids) {
      await raw.query(
        "UPDATE sojourn_session SET ended_at = NULL, end_reason = NULL WHERE sid = ANY($1::uuid[])",
        [sids],
      );
    },
    async addExpired(count) {
      await raw.query(insertion(count, 0x100_0000_0000, today - 60 * day, today - 30 * day, count));
      await raw.query("VACUUM ANALYZE sojourn_session");
      await raw.query("CHECKPOINT");
    },
    async remove() {
      await store.close();
      await raw.query(`DROP SCHEMA ${schema} CASCADE`);
      await raw.end();
    },
  };
}

/** @param offset keeps the sids of two fillings apart. */
function insertion(count: number, offset: number, from: number, until: number, users: number): string {
  const same = Object.entries(sameForAll);
  return `INSERT INTO sojourn_session (sid, user_id, created_at, auth_time, last_seen_at, expires_at, secret_hash,
      ${same.map(([name]) => name).join(", ")})
    SELECT (lpad(to_hex(${from}::bigint + i), 12, '0') || '70008000' || lpad(to_hex(${offset}::bigint + i), 12, '0'))::uuid,
      'user_' || (i % ${users}), ${from}::bigint + i, ${from}::bigint + i, ${from}::bigint + i, ${until}::bigint,
      sha256(int8send(i)), ${same.map(([, value]) => value).join(", ")}
    FROM generate_series(0, ${count - 1}::bigint) AS i`;
}

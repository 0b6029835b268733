import type { Store } from "../../ports/session-store.ts";
import { raceSuite } from "../races.fixture.ts";
import { open } from "./race-store.fixture.ts";
import { describePostgres, makeSchema, type TestSchema } from "./server.fixture.ts";

const schemas = new Map<string, TestSchema>();

for (const driver of ["pg", "postgres"] as const) {
  raceSuite({
    name: `PostgreSQL by ${driver}`,
    describe: describePostgres,
    rotations: 200,
    signOuts: 500,
    once: 25,
    async place() {
      const schema = await makeSchema();
      const where = `${driver} ${schema.url}`;
      schemas.set(where, schema);
      return {
        target: { module: new URL("./race-store.fixture.ts", import.meta.url).href, where },
        open: (): Store => open(where),
        remove: () => schema.drop(),
      };
    },
    /** Each end is announced exactly once. */
    inconsistencies: async ({ target }) => [
      ...((await schemas.get(target.where)?.run(
        `SELECT s.sid, s.end_reason, count(r.seq) FROM sojourn_session AS s LEFT JOIN sojourn_revocation AS r
         ON r.sid = s.sid AND r.reason = s.end_reason AND r.ended_at = s.ended_at
         GROUP BY s.sid HAVING count(r.seq) <> (CASE WHEN s.ended_at IS NULL THEN 0 ELSE 1 END)`,
      )) ?? []),
    ],
  });
}

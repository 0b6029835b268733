import { randomBytes } from "node:crypto";
import pg from "pg";
import postgresJs from "postgres";
import { describe } from "vitest";
import { serviceTest } from "../service-test.fixture.ts";
import type { PgPool } from "./pg.ts";
import type { PostgresJsSql } from "./postgres-js.ts";

/** Where the tests find PostgreSQL; the usual variables say otherwise. */
const serverUrl: string = process.env["POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";

const isThere = await serviceTest(`PostgreSQL at ${new URL(serverUrl).host}`, () => administer("SELECT 1"));
/** `describe` where the server is there. */
export const describePostgres: typeof describe.skip = isThere ? describe : describe.skip;

/** A schema of its own: as good as an empty database, and made much faster. */
export interface TestSchema {
  readonly name: string;
  /** Leads to the schema, whatever uses it. */
  readonly url: string;
  /** Runs what a test looks at or sets up. Rows as objects. */
  run(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  drop(): Promise<void>;
}

/** Makes an empty schema. */
export async function makeSchema(): Promise<TestSchema> {
  const name = `sojourn_test_${randomBytes(6).toString("hex")}`;
  await administer(`CREATE SCHEMA ${name}`);
  const url = new URL(serverUrl);
  url.searchParams.set("options", `-c search_path=${name}`);
  url.searchParams.set("application_name", name);
  return {
    name,
    url: url.href,
    run: (sql) => administer(`SET search_path = ${name}; ${sql}`),
    drop: async () => void (await administer(`DROP SCHEMA ${name} CASCADE`)),
  };
}

/** Empty schemas for one test after another. */
export interface SchemasInTurn {
  /** An empty schema; `drop` gives it back for the next. */
  take(): Promise<TestSchema>;
  /** Drops all of them. */
  dropAll(): Promise<void>;
}

/** For tests that care for no table but ours: those stay, without their rows, for a tenth of what new ones take. */
export function schemasInTurn(): SchemasInTurn {
  const made: TestSchema[] = [];
  const free: TestSchema[] = [];
  return {
    async take() {
      let schema = free.pop();
      if (schema === undefined) {
        schema = await makeSchema();
        made.push(schema);
      } else await schema.run(emptyTables);
      const own = schema;
      return { ...own, drop: async () => void free.push(own) };
    },
    async dropAll() {
      for (const schema of made.splice(0)) await schema.drop();
    },
  };
}

/** Leaves only what `migrate()` leaves. */
const emptyTables = `DO $empty$ DECLARE name text; BEGIN
FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema()
  AND tablename NOT IN ('sojourn_migration', 'sojourn_feed') LOOP
  EXECUTE format('DELETE FROM %I', name);
END LOOP;
IF to_regclass('sojourn_feed') IS NOT NULL THEN UPDATE sojourn_feed SET position = 0; END IF;
END $empty$`;

/** One statement or several on a connection of their own. @returns the rows of the last. */
export async function administer(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 3000 });
  // A test may stop the server under it.
  client.on("error", () => {});
  await client.connect();
  try {
    const result: unknown = await client.query(sql);
    const results = (Array.isArray(result) ? result : [result]) as { rows: Record<string, unknown>[] }[];
    return results.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** The two packages that talk to PostgreSQL, each as an app would open it. */
export const drivers: Readonly<
  Record<
    "pg" | "postgres",
    (url: string, max?: number) => { client: PgPool | PostgresJsSql; end(): Promise<void> }
  >
> = {
  pg(url, max = 4) {
    const pool = new pg.Pool({ connectionString: url, max });
    return { client: pool, end: () => pool.end() };
  },
  postgres(url, max = 4) {
    const parsed = new URL(url);
    const name = parsed.searchParams.get("application_name") ?? "public";
    parsed.search = "";
    const sql = postgresJs(parsed.href, {
      max,
      onnotice: () => {},
      connection: { search_path: name, application_name: name },
    });
    return { client: sql as unknown as PostgresJsSql, end: () => sql.end({ timeout: 5 }) };
  },
};

import pg from "pg";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describePostgres, makeSchema, type TestSchema } from "../stores/postgres/server.fixture.ts";
import { postgresLimiter } from "./index.ts";
import { limiterCases } from "./limiter-cases.fixture.ts";

type Connection = Parameters<typeof postgresLimiter>[0];

const limit = { points: 3, windowMs: 900_000 };
let schema: TestSchema;
let connections: Readonly<Record<string, Connection>>;
const closing: (() => Promise<unknown>)[] = [];

const connect: Readonly<Record<string, (url: string) => Promise<Connection>>> = {
  "a pool of pg": async (url) => {
    const pool = new pg.Pool({ connectionString: url, max: 8 });
    closing.push(() => pool.end());
    return pool;
  },
  "a client of pg": async (url) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    closing.push(() => client.end());
    return client;
  },
  "postgres.js": async (url) => {
    const sql = postgres(url, { max: 8, onnotice: () => undefined });
    closing.push(() => sql.end());
    return sql;
  },
};

describePostgres("the limiter in PostgreSQL", () => {
  beforeAll(async () => {
    schema = await makeSchema();
    const opened = Object.entries(connect).map(
      async ([name, open]) => [name, await open(schema.url)] as const,
    );
    connections = Object.fromEntries(await Promise.all(opened));
  });

  afterAll(async () => {
    for (const close of closing) await close();
    await schema.drop();
  });

  let tables = 0;
  const newTable = (): string => `limits_${(tables += 1)}`;

  for (const name of Object.keys(connect)) {
    limiterCases(`postgres by ${name}`, describe, async () => {
      const table = newTable();
      return {
        limiter: postgresLimiter(connections[name]!, { table }),
        expire: async (key) => void (await schema.run(`UPDATE ${table} SET expire = 1 WHERE key = '${key}'`)),
      };
    });
  }

  it("makes its table when it is first needed, also when many want it at once", async () => {
    const table = newTable();
    expect(await schema.run(`SELECT to_regclass('${table}') AS found`)).toEqual([{ found: null }]);
    const limiters = Array.from({ length: 8 }, () =>
      postgresLimiter(connections["a pool of pg"]!, { table }),
    );
    const answers = await Promise.all(limiters.map(async (limiter) => limiter.consume("a", limit)));
    expect(answers.filter(({ allowed }) => allowed)).toHaveLength(3);
  });

  it("does with a table that is there, and with the right to change its rows alone", async () => {
    const table = newTable();
    await postgresLimiter(connections["a pool of pg"]!, { table }).consume("a", limit);
    const role = `${schema.name}_app`;
    await schema.run(
      `CREATE ROLE ${role} LOGIN; GRANT USAGE ON SCHEMA ${schema.name} TO ${role}; ` +
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${role}`,
    );
    const url = new URL(schema.url);
    url.username = role;
    const pool = new pg.Pool({ connectionString: url.href });
    try {
      expect((await postgresLimiter(pool, { table }).consume("a", limit)).remaining).toBe(1);
    } finally {
      await pool.end();
      await schema.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it("tries to make it again where that failed", async () => {
    const table = newTable();
    const pool = connections["a pool of pg"] as pg.Pool;
    let down = true;
    const flaky = {
      query: (statement: { text: string; values?: unknown[] }) =>
        down ? Promise.reject(new Error("ECONNREFUSED")) : pool.query(statement),
    };
    const limiter = postgresLimiter(flaky, { table });
    await expect(limiter.consume("a", limit)).rejects.toThrow("ECONNREFUSED");
    down = false;
    expect((await limiter.consume("a", limit)).allowed).toBe(true);
  });

  it("removes what is over now and then", async () => {
    const table = newTable();
    const limiter = postgresLimiter(connections["a pool of pg"]!, { table });
    for (let at = 0; at < 50; at += 1) await limiter.consume(`old-${at}`, limit);
    await schema.run(`UPDATE ${table} SET expire = 1`);
    for (let at = 0; at < 500; at += 1) await limiter.used("new", limit);
    await limiter.consume("new", limit);
    await expect
      .poll(async () => schema.run(`SELECT count(*)::int AS count FROM ${table}`))
      .toEqual([{ count: 1 }]);
  });
});

describe("postgresLimiter()", () => {
  it.each([
    [{ connect: () => null }, {}],
    [{ query: async () => ({ rows: [], rowCount: 0 }) }, { table: 'limits"; DROP TABLE users' }],
    [{ query: async () => ({ rows: [], rowCount: 0 }) }, { table: "" }],
  ])("refuses %j with %j", (connection, options) => {
    expect(() => postgresLimiter(connection as never, options)).toThrow(
      expect.objectContaining({ code: "config_invalid" }),
    );
  });
});
